import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sortKeys } from "../../components/documents/sort-keys";
import { FEATURES } from "../../components/registry";
import type { Hit } from "../../tools/dev/elasticsearch/client";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { PipelineRig } from "../rigs/pipeline/rig";
import { withPodLogs } from "../rigs/pod-logs";
import { emptyElasticsearch } from "../rigs/test-server";
import { AUDIT, REAL_AUDIT, realAuditTimeOf } from "../support/documents/audit-cases";
import { type Case, timeOf } from "../support/documents/case";
import { CILIUM, ciliumPodOf, ciliumTimeOf } from "../support/documents/cilium-cases";
import { FALCO } from "../support/documents/falco-cases";
import { foundAgain, GATEKEEPER, violatingPodOf } from "../support/documents/gatekeeper-cases";
import { ISTIO, meshPodOf } from "../support/documents/istio-cases";
import { OSQUERY, osqueryTimeOf } from "../support/documents/osquery-cases";
import { REFUSED } from "../support/documents/refused";
import { REAL_TETRAGON, realTimeOf, TETRAGON } from "../support/documents/tetragon-cases";
import { until } from "../support/stack/objects";

interface Source {
  tool: string;
  file: string;
  /** Where the file is, where not in the tool's log folder. */
  folder?: string;
  cases: Case[];
  timeOf: (index: number) => string;
  /** Lines of the same file that do not leave the node. */
  notKept?: Lines;
  /** Name of the golden file, where it is not the tool's. */
  golden?: string;
}

const TOOLS: Source[] = [
  { tool: "falco", file: "events.log", cases: FALCO, timeOf },
  { tool: "tetragon", file: "tetragon.log", cases: TETRAGON, timeOf },
  {
    tool: "tetragon",
    file: "tetragon.log",
    cases: REAL_TETRAGON,
    timeOf: realTimeOf,
    golden: "tetragon-real",
  },
  { tool: "osquery", file: "osqueryd.results.log", cases: OSQUERY, timeOf: osqueryTimeOf },
  { tool: "cilium", file: "events.log", cases: CILIUM, timeOf: ciliumTimeOf },
  { tool: "gatekeeper", ...GATEKEEPER },
  { tool: "istio", ...ISTIO },
  { tool: "k8s_audit", file: "audit.log", cases: AUDIT, timeOf },
  {
    tool: "k8s_audit",
    file: "audit.log",
    cases: REAL_AUDIT,
    timeOf: realAuditTimeOf,
    golden: "k8s_audit-real",
  },
];

type Document = Record<string, unknown> & { "@timestamp": string; event: Record<string, unknown> };

/** Of a source whose times are whole seconds: alerts that only the line tells apart. */
const SAME_SECOND = [1, 2].map((pid) => ({
  line: JSON.stringify({
    ...{ time: "2026-07-03T14:36:14Z", rule: "same second", priority: "Notice", output: "the same" },
    output_fields: { "proc.pid": pid },
  }),
}));

/** Lines of Falco beside its cases. */
const ALERTS = [...REFUSED, ...SAME_SECOND];

const GOLDEN = join(__dirname, "..", "golden", "documents");
const PROCESSED = "otelcol_elasticsearch_docs_processed";
const UPDATE = process.env["UPDATE_GOLDEN"] === "1";

describe("documents, from the sensor's line to Elasticsearch", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;
  let hits: Hit[];

  before(async () => {
    server = await emptyElasticsearch();
    rig = await PipelineRig.create(server, { registry: withPodLogs(FEATURES) });
    await rig.start();
    for (const [{ tool, folder = tool, file }, lines] of linesByFile())
      rig.placeLog(folder, file, withNewlines(lines));
    const expected = TOOLS.reduce((sum, { cases }) => sum + cases.length, 0) + ALERTS.length;
    hits = await waitForDocuments(server, expected);
  });

  after(() => rig?.destroy());

  for (const { tool, cases, timeOf: time, golden: source = tool } of TOOLS)
    describe(source, () => {
      const golden = readGolden(source);
      const written: Record<string, unknown> = {};

      cases.forEach(({ name, index }, i) => {
        it(name, () => {
          const hit = hits.find(
            ({ _index, _source }) => _index === INDICES[index] && isOf(_source, tool, time(i)),
          );
          assert.ok(hit, `no document at ${time(i)} in ${INDICES[index]}`);
          written[name] = { _id: hit._id, ...abbreviate(withoutClock(hit._source)) };
          if (!UPDATE) assert.deepEqual(written[name], golden[name]);
        });
      });

      after(() => {
        if (UPDATE) writeFileSync(goldenFile(source), `${JSON.stringify(sortKeys(written), null, 2)}\n`);
      });
    });

  describe("lines that can't become a document", () => {
    for (const { name, line, reason } of REFUSED)
      it(`${name}: ${reason}`, () => {
        const text = line.toString("utf8").slice(0, 30_000);
        const found = hits.filter(({ _index, _source }) => {
          const message = String((_source as Record<string, unknown>)["message"]);
          return _index === INDICES.deadLetter && sameBeginning(message, text);
        });
        assert.equal(found.length, 1);
        const source = found[0]!._source as Record<string, Record<string, unknown>>;
        assert.equal(source["error"]!["message"], reason);
        assert.equal(source["event"]!["kind"], "pipeline_error");
        assert.ok(String(source["message"]).length <= 32_000);
      });
  });

  it("are as many as the lines, though two have the same time and the same text", () => {
    const same = hits.filter(({ _source }) => {
      const { rule } = _source as { rule?: { name: string } };
      return rule?.name === "same second";
    });
    assert.equal(same.length, SAME_SECOND.length);
  });

  it("have a severity, a tool, a host and a time, all of them", () => {
    for (const { _source } of hits) {
      const { event, labels, host } = _source as Record<string, Record<string, unknown>>;
      assert.ok([1, 2, 3, 4, 5].includes(event!["severity"] as number), JSON.stringify(_source));
      assert.ok(TOOLS.some(({ tool }) => tool === labels!["security_tool"]));
      assert.equal(host!["name"], "node-1");
      assert.ok(!Number.isNaN(Date.parse(String(_source["@timestamp"]))));
      assert.ok(Math.abs(Date.parse(String(event!["created"])) - Date.now()) < 10 * 60_000);
    }
  });

  it("have the pod that the line names, or none: a sensor's own only where it was in that pod", () => {
    const own: string[] = [];
    for (const { tool, cases, timeOf: time } of TOOLS)
      for (const [i, { line, index }] of cases.entries()) {
        const { _source } = hits.find(
          (hit) => hit._index === INDICES[index] && isOf(hit._source, tool, time(i)),
        )!;
        const { pod } = (_source["kubernetes"] ?? {}) as { pod?: { name?: string } };
        assert.equal(pod?.name, podOf(tool, String(line)), String(line).slice(0, 300));
        if (/^(falco|tetragon)-/.test(pod?.name ?? "")) own.push(pod!.name!);
      }
    assert.deepEqual(own, ["falco-x7k2p", "tetragon-9qv4d"]);
  });

  it("never have the text of a value that is not there", () => {
    for (const { _source } of hits)
      assert.ok(!JSON.stringify(_source).includes("<nil>"), JSON.stringify(_source));
  });

  it("were all taken by Elasticsearch: none was refused", async () => {
    const refused = await rig.gateway.metric(PROCESSED, {
      outcome: "failed_client",
    });
    assert.equal(
      refused,
      0,
      rig.gateway
        .log()
        .split("\n")
        .filter((line) => line.includes("error.reason"))
        .join("\n"),
    );
  });

  /** Lines that Elasticsearch took, or refused as known. */
  async function processed(): Promise<number> {
    const conflict = { error_type: "version_conflict_engine_exception" };
    return (
      (await rig.gateway.metric(PROCESSED, conflict)) +
      (await rig.gateway.metric(PROCESSED, { outcome: "success" }))
    );
  }

  it("are the same after the lines are read a second time", async () => {
    await rig.node.end("SIGKILL");
    rig.forgetReadPositions();
    await rig.node.start();
    const known = new Set(hits.map(({ _id }) => _id));
    // Each line twice: once written, once refused as known.
    await until("every line to have come twice", processed, (count) => count >= 2 * hits.length, 120_000);
    const later = await server.client.search("security-*");
    assert.deepEqual(
      later.filter(({ _id }) => !known.has(_id)).map(({ _source }) => _source),
      [],
    );
  });

  it("of a violation that each audit finds again are one an hour", async () => {
    const before = await processed();
    const file = rig.logFile(GATEKEEPER.folder, GATEKEEPER.file);
    for (const seconds of [60, 120, 3600]) appendFileSync(file, `${foundAgain(seconds)}\n`);
    await until("the lines", processed, (count) => count >= before + 3);
    await server.client.must("POST", "/security-*/_refresh");
    const [first] = hits.filter(({ _source }) => isOf(_source, "gatekeeper", GATEKEEPER.timeOf(0)));
    const { violation } = first!._source["gatekeeper"] as { violation: string };
    assert.equal(
      await server.client.count(INDICES.admission, { term: { "gatekeeper.violation": violation } }),
      2,
    );
  });
});

/** The pod that an event happened in, as its line says; osquery knows of none. */
function podOf(tool: string, line: string): string | undefined {
  if (tool === "osquery") return undefined;
  if (tool === "gatekeeper") return violatingPodOf(line);
  if (tool === "istio") return meshPodOf(line);
  const event = JSON.parse(line) as Record<string, Record<string, unknown>>;
  if (tool === "cilium") return ciliumPodOf(line);
  if (tool === "k8s_audit")
    return event["objectRef"]?.["resource"] === "pods"
      ? (event["objectRef"]["name"] as string | undefined)
      : undefined;
  if (tool === "falco") {
    const fields = event["output_fields"];
    const audited = fields?.["ka.target.resource"] === "pods" ? fields["ka.target.name"] : undefined;
    const name = fields?.["k8s.pod.name"] ?? audited;
    // Falco's words for what is not known.
    return typeof name === "string" && !["", "<NA>"].includes(name) ? name : undefined;
  }
  const content = Object.values(event).find((value) => typeof value === "object");
  const { pod } = (content?.["process"] ?? {}) as { pod?: { name: string } };
  return pod?.name;
}

type Lines = readonly { line: string | Buffer }[];

/** All lines of a sensor's file, those that can't become a document last. */
function linesByFile(): [Pick<Source, "tool" | "folder" | "file">, Lines][] {
  const files = new Map<string, [Source, Lines]>();
  for (const source of TOOLS) {
    const file = `${source.tool}/${source.file}`;
    const before = files.get(file)?.[1] ?? [];
    files.set(file, [source, [...before, ...source.cases]]);
  }
  return [...files.values()].map(([source, lines]) => [
    source,
    [...lines, ...(source.tool === "falco" ? ALERTS : []), ...(source.notKept ?? [])],
  ]);
}

function withNewlines(lines: Lines): Buffer {
  return Buffer.concat(lines.flatMap(({ line }) => [Buffer.from(line), Buffer.from("\n")]));
}

async function waitForDocuments(server: ElasticsearchServer, expected: number): Promise<Hit[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    // Counting first: an index that was made just now can't be searched yet for a moment.
    const count = await server.client.count("security-*");
    if (count >= expected || Date.now() > deadline) return server.client.search("security-*");
    await sleep(200);
  }
}

function isOf(source: Record<string, unknown>, tool: string, time: string): boolean {
  const { labels } = source as { labels: { security_tool: string } };
  return (
    labels.security_tool === tool &&
    Date.parse(String(source["@timestamp"])) === Date.parse(time) &&
    sameNanos(String(source["@timestamp"]), time)
  );
}

function sameNanos(one: string, other: string): boolean {
  return /\.(\d+)/.exec(one)?.[1] === /\.(\d+)/.exec(other)?.[1];
}

/** What is not UTF-8 becomes replacement characters, so only the rest is compared. */
function sameBeginning(message: string, text: string): boolean {
  return message.slice(0, 20) === text.slice(0, 20);
}

function withoutClock(source: Record<string, unknown>): Document {
  const copy = structuredClone(source) as Document;
  delete copy.event["created"];
  return copy;
}

/** Texts of many KiB as their length, so that the golden file can be read. */
function abbreviate<T>(value: T): T {
  if (typeof value === "string" && value.length > 1000)
    return `(${value.length} characters) ${value.slice(0, 40)}` as T;
  if (Array.isArray(value)) return value.map((item) => abbreviate(item)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, abbreviate(item)])) as T;
}

function goldenFile(tool: string): string {
  return join(GOLDEN, `${tool}.json`);
}

function readGolden(tool: string): Record<string, unknown> {
  const file = goldenFile(tool);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>) : {};
}
