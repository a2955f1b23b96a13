import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { schema } from "../../components/correlation/correlation-schema";
import { correlate, EXIT } from "../../components/correlation/program/correlator";
import type { ResolvedRule } from "../../components/correlation/program/resolved-rule";
import { correlatorKey } from "../../components/documents/api-keys";
import { allEvents } from "../../components/documents/store";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import type { ExpectedChain } from "../../scenarios/model/scenario-schema";
import { main as correlateCommand } from "../../tools/cli/correlate";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { correlatorTarget, stackRules } from "../rigs/correlation/correlator-pass";
import { CLUSTER_NAME } from "../rigs/pipeline/rig";
import { beginnings } from "../rigs/scenarios/apart";
import { writeFindings } from "../rigs/scenarios/findings";
import { emptyElasticsearch } from "../rigs/test-server";
import { FaultyProxy } from "../rigs/trivy/trivy-proxy";
import { random } from "../support/correlation/oracle";
import {
  type Json,
  moved,
  putEvents,
  replayApart,
  type StoredEvent,
  timeOf,
} from "../support/correlation/replayed";
import { type StreamWorld, streamWorld } from "../support/correlation/stream-world";
import { BREAKING, ofCluster, WHOLE } from "../support/correlation/variants";
import { longTest } from "../support/long-test";

/** The chains that each scenario's attack leaves, by the scenarios' own files; the others leave none. */
const EXPECTED = Object.fromEntries(
  SCENARIOS.filter(({ chains }) => chains.length > 0).map(({ id, chains }) => [id, chains.map(expectedName)]),
);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("correlation of the replayed scenarios, through the real collectors in the real Elasticsearch", function () {
  this.timeout(400_000);
  const now = new Date();
  const times = beginnings(SCENARIOS, now);
  let server: ElasticsearchServer;
  let documents: StoredEvent[];
  /** What a pass over all of them finds. */
  let all: string[];
  let worlds = 0;

  before(async () => {
    server = await emptyElasticsearch();
    await replayApart(server, times);
    const hits = await server.client.search(allEvents(INDICES));
    documents = hits.map(({ _id, _source }) => ({ id: _id, source: _source }));
    await writeFindings(server);
  });

  function world(): StreamWorld {
    worlds += 1;
    return streamWorld(server, String(worlds), now);
  }

  function ofScenario(id: string): StoredEvent[] {
    const start = times.get(id)!;
    return documents.filter((one) => timeOf(one) >= start - 1000 && timeOf(one) < start + HOUR / 2);
  }

  const titled = (chains: readonly Json[]) => chains.map((chain) => titleOf(chain, times)).sort();

  it("gives exactly the chains of each, with their events in order, where and what to do", async () => {
    const { put, pass, chains, remove } = world();
    await put(documents);
    const summary = await pass();
    assert.deepEqual(summary.failed, []);
    const found = await chains();
    all = titled(found);
    assert.deepEqual(
      all,
      Object.entries(EXPECTED)
        .flatMap(([id, titles]) => titles.map((title) => `${id}: ${title}`))
        .sort(),
    );
    assert.equal(new Set(all).size, all.length);
    const token = found.find((one) => (one["rule"] as Json)["name"] === "token-read-api-call")!;
    const { events, key, fix } = token["correlation"] as { events: Json[]; key: string[]; fix: string };
    assert.deepEqual(
      events.map(({ step, pod, technique }) => [step, pod, technique]),
      [
        ["token-read", "attacker", ["T1528"]],
        ["api-call", "attacker", ["T1613"]],
      ],
    );
    assert.deepEqual(key, ["kubernetes.namespace=ctem-test", "kubernetes.pod.name=attacker"]);
    assert.match(fix, /service account/);
    const technique = { id: ["T1528", "T1613"] };
    assert.deepEqual(token["threat"], { technique, tactic: { id: ["TA0006", "TA0007"] } });
    const attacked = found.find((one) => (one["rule"] as Json)["name"] === "vulnerable-workload")!;
    assert.match(String((attacked["correlation"] as Json)["evidence"]), /CVE-2099-10001/);
    // One that is known to be exploited makes critical what is high.
    assert.deepEqual((attacked["correlation"] as Json)["raisedBy"], ["CVE-2099-10001"]);
    assert.equal((attacked["event"] as Json)["severity"], 5);
    await remove();
  });

  it("makes them of what the scenarios say that it takes, in their pods", async () => {
    const { put, pass, chains, remove } = world();
    await put(documents);
    await pass();
    for (const chain of await chains()) {
      const title = titleOf(chain, times);
      const { pod, takes } = SCENARIOS.flatMap(({ id, chains: expected }) =>
        expected.filter((one) => title === `${id}: ${expectedName(one)}`),
      )[0]!;
      const { events } = chain["correlation"] as { events: Json[] };
      assert.ok(!pod || events.every((event) => event["pod"] === pod), title);
      for (const { tool, rule } of events)
        assert.ok(
          // A tool alone is any of its rules.
          takes.some(
            (one) => one === tool || (rule ? one === `${tool}: ${rule}` : one.startsWith(`${tool}: `)),
          ),
          `${title}: ${tool}: ${rule}`,
        );
    }
    await remove();
  });

  it("writes nothing and reads no event when nothing is new", async () => {
    const { put, pass, operations, remove } = world();
    await put(documents);
    await pass();
    const before = await operations();
    const { read, bytes, requests } = await pass();
    assert.deepEqual({ read, bytes, requests }, { read: 0, bytes: 0, requests: 2 });
    assert.equal(await operations(), before);
    await remove();
  });

  it("gives none of a chain of which a step's events are withheld, too early, or another's, and only then", async () => {
    const { put, findings, pass, chains, remove } = world();
    const streams: { what: string; title: string; isWhole: boolean; rule: ResolvedRule }[] = [];
    const events: StoredEvent[] = [];
    const found = await server.client.search(INDICES.vulnerabilities);
    const open = found.map(({ _id, _source }) => ({ id: _id, source: _source }));
    for (const [id, titles] of Object.entries(EXPECTED))
      for (const title of titles) {
        const rule = stackRules().find(({ name }) => name === title.split(" ")[0])!;
        const first = await idsOf(server, rule, 0, times.get(id)!);
        assert.ok(first.size > 0);
        for (const [how, change] of Object.entries({ ...BREAKING, whole: WHOLE })) {
          const stream = ofScenario(id).flatMap((one, i) => change(one, first.has(one.id), rule, i) ?? []);
          events.push(...ofCluster(`stream-${streams.length}`, stream));
          streams.push({ what: `${title} of ${id}, ${how}`, title, isWhole: how === "whole", rule });
        }
      }
    await put(events);
    for (const [i, { rule }] of streams.entries()) {
      const clusterName = `stream-${i}`;
      if (rule.while) await findings.put(ofCluster(clusterName, open));
      await pass({ rules: [{ ...rule, ...findings.of(rule) }], clusterName }, 0);
    }
    const all = await chains();
    for (const [i, { what, title, isWhole }] of streams.entries()) {
      const ofStream = all.filter(({ orchestrator }) => clusterOf(orchestrator) === `stream-${i}`);
      const named = ofStream.map(nameOf).filter((one) => one === title);
      assert.deepEqual(named, isWhole ? [title] : [], what);
    }
    console.log(`        ${streams.length} streams`);
    await remove();
  });

  longTest("finds the same in portions that come shuffled, with passes between them", async () => {
    for (const [seed, portion] of [
      [1, 20],
      [2, 50],
      [3, 90],
    ] as const) {
      const { put, pass, chains, remove } = world();
      const next = random(seed);
      const shuffled = documents
        .map((one) => ({ one, order: next() }))
        .sort((a, b) => a.order - b.order)
        .map(({ one }) => one);
      for (let start = 0; start < shuffled.length; start += portion) {
        await put(shuffled.slice(start, start + portion));
        await pass();
      }
      assert.deepEqual(titled(await chains()), all, `seed ${seed}`);
      await remove();
    }
  });

  longTest(
    "finds the same where each step in its turn comes four minutes later than all others",
    async () => {
      const rules = stackRules();
      for (const step of [0, 1]) {
        const late = new Set<string>();
        for (const rule of rules)
          if (rule.steps[step]) for (const id of await idsOf(server, rule, step)) late.add(id);
        const { put, pass, chains, remove } = world();
        await put(documents.filter(({ id }) => !late.has(id)));
        for (let minute = 0; minute < 4; minute += 1) await pass({}, 1);
        await put(documents.filter(({ id }) => late.has(id)));
        await pass({}, 1);
        assert.deepEqual(titled(await chains()), all, `step ${step}: ${late.size} events late`);
        await remove();
      }
    },
  );

  longTest(
    "finds the same, and nothing twice, wherever a pass ends: before each request and after it, its answer lost",
    async () => {
      const { put, pass, chains, remove } = world();
      await put(documents);
      const proxy = new FaultyProxy(correlatorTarget(server));
      const target = await proxy.start();
      let ended = 0;
      try {
        for (const kind of ["hang-up", "lose-answer"] as const)
          for (let last = 0; last < 60; last += 1) {
            let requests = 0;
            proxy.decide = () => {
              requests += 1;
              return requests > last ? { kind } : undefined;
            };
            await pass({ target }, 0).catch(() => {});
            if (requests <= last) break;
            ended += 1;
          }
      } finally {
        await proxy.stop();
      }
      await pass();
      assert.ok(ended >= 30, `${ended} passes ended early`);
      assert.deepEqual(titled(await chains()), all);
      await remove();
    },
  );

  it("finds the same, and nothing twice, with three passes at once", async () => {
    const { put, pass, chains, remove } = world();
    await put(documents);
    const summaries = await Promise.all([pass({}, 0), pass({}, 0), pass({}, 0)]);
    const found = titled(await chains());
    assert.deepEqual(found, all);
    assert.equal(
      summaries.reduce((sum, { written }) => sum + written, 0),
      all.length,
    );
    await remove();
  });

  it("one rule that can't be asked holds up no other, and its events are looked at again", async () => {
    const { put, pass, chains, remove } = world();
    await put(documents);
    const [bad] = stackRules();
    const broken: ResolvedRule = { ...bad!, name: "broken", groupBy: ["message"] };
    const { failed } = await pass({ rules: [broken, ...stackRules()] });
    assert.equal(failed.length, 1);
    assert.match(failed[0]!, /^broken: Elasticsearch answers 400/);
    assert.deepEqual(titled(await chains()), all);
    const again = await pass({ rules: [{ ...bad!, name: "broken" }, ...stackRules()] });
    assert.deepEqual(again.failed, []);
    assert.ok(again.read > 0);
    await remove();
  });

  it("counts what comes later than it may, and looks at the rest", async () => {
    const { put, pass, chains, remove } = world();
    const [, start] = [...times].find(([id]) => id === "token-replay")!;
    await put(documents.filter((one) => timeOf(one) > start + HOUR / 2));
    await pass();
    await put(documents.filter((one) => timeOf(one) <= start + HOUR / 2));
    const { tooLate } = await pass({ latenessMs: now.getTime() - start - HOUR / 2 });
    assert.ok(tooLate > 0);
    assert.ok(!titled(await chains()).some((one) => one.startsWith("token-replay")));
    await remove();
  });

  for (const [direction, hours] of [
    ["ahead", 1],
    ["behind", -1],
  ] as const)
    it(`events of a node whose clock is an hour ${direction} are chains too, by that clock`, async () => {
      const { put, pass, chains, remove } = world();
      const { latenessMinutes } = schema.parse({});
      await put(moved(ofScenario("token-replay"), now.getTime() + hours * HOUR));
      const { tooLate } = await pass({ latenessMs: latenessMinutes * MINUTE });
      assert.equal(tooLate, 0);
      const found = await chains();
      const rules = found.map((one) => (one["rule"] as Json)["name"]);
      assert.ok(rules.includes("token-read-api-call"), rules.join());
      await remove();
    });

  it("goes on with the new key where its own is removed in the middle of a pass, and the next does where it is late", async () => {
    const { put, chains, events, correlations, remove } = world();
    await put(documents);
    const folder = mkdtempSync(path.join(os.tmpdir(), "security-stack-correlator-"));
    const file = (name: string, text: string) => {
      writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    };
    const key = () => server.client.createApiKey("correlator-rotated", correlatorKey(INDICES));
    const removed = async (encoded: string) => {
      const ids = [Buffer.from(encoded, "base64").toString().split(":")[0]];
      await server.client.must("DELETE", "/_security/api_key", { ids });
    };
    let [current, next] = [await key(), await key()];
    const proxy = new FaultyProxy({ ...correlatorTarget(server), headers: {} });
    const { url } = await proxy.start();
    const env = {
      ELASTICSEARCH_URLS: url,
      ELASTICSEARCH_API_KEY_FILE: file("api_key", current),
      CLUSTER_NAME,
      EVENTS_INDEX: events,
      CORRELATIONS_INDEX: correlations,
      LATENESS_MINUTES: String(7 * 24 * 60),
      RULES_FILE: file("rules.json", JSON.stringify(stackRules())),
    };
    try {
      for (const [isLate, code] of [
        [true, EXIT.incomplete],
        [false, EXIT.ok],
      ] as const) {
        let requests = 0;
        proxy.decide = async () => {
          requests += 1;
          if (requests !== 5) return undefined;
          if (!isLate) file("api_key", next);
          await removed(current);
          return undefined;
        };
        assert.equal(await correlate(env), code);
        assert.ok(requests >= 5);
        // The kubelet has it by now.
        [current, next] = [next, await key()];
        file("api_key", current);
      }
      assert.deepEqual(titled(await chains()), all);
    } finally {
      await proxy.stop();
      rmSync(folder, { recursive: true });
      await remove();
    }
  });

  async function changeFindings(vulnerability: Json): Promise<void> {
    const open = await server.client.search(INDICES.vulnerabilities, {
      term: { "vulnerability.state": "open" },
    });
    for (const { _id } of open) {
      const path = `/${INDICES.vulnerabilities}/_update/${encodeURIComponent(_id)}?refresh=true`;
      await server.client.must("POST", path, { doc: { vulnerability } });
    }
  }

  it("an attack on what is vulnerable is high, not critical, where nothing says that it is exploited", async () => {
    await changeFindings({ kev: null, epss: null, priority: 3 });
    const { put, pass, chains, remove } = world();
    await put(documents);
    await pass();
    const attacked = (await chains()).filter(
      (one) => (one["rule"] as Json)["name"] === "vulnerable-workload",
    );
    const shown = attacked.map(({ event, correlation }) => [
      (event as Json)["severity"],
      (correlation as Json)["raisedBy"],
    ]);
    assert.ok(shown.length > 0);
    assert.deepEqual(new Set(shown.map((one) => JSON.stringify(one))), new Set(["[4,null]"]));
    await remove();
  });

  it("a workload whose findings are closed is attacked without being vulnerable", async () => {
    await changeFindings({ state: "fixed" });
    const { put, pass, chains, remove } = world();
    await put(documents);
    await pass();
    assert.deepEqual(
      titled(await chains()),
      all.filter((one) => !one.includes("vulnerable-workload")),
    );
    await remove();
  });

  describe("npm run correlate", () => {
    let folder: string;
    const printed: string[] = [];
    const print = console.log;

    before(async () => {
      folder = mkdtempSync(path.join(os.tmpdir(), "security-stack-correlate-"));
      writeFileSync(path.join(folder, "ca.pem"), server.caCertificate);
      writeFileSync(path.join(folder, "key"), server.correlatorKey);
      const [attack, apart] = ["token-replay", "validate-k8s-api"].map((id, i) =>
        moved(ofScenario(id), now.getTime() - (i + 1) * HOUR),
      );
      await putEvents(server, INDICES.events, ofCluster("dev", [...attack!, ...apart!]));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));
    beforeEach(() => {
      printed.length = 0;
      console.log = (text: string) => printed.push(text);
    });
    afterEach(() => {
      console.log = print;
    });

    const run = (...more: string[]) =>
      correlateCommand([
        ...["--es", server.url, "--ca", path.join(folder, "ca.pem")],
        ...["--api-key-file", path.join(folder, "key"), "--since", "24h", ...more],
      ]);
    const written = () =>
      server.client.search(INDICES.correlations, { term: { "orchestrator.cluster.name": "dev" } });

    it("shows what is found, by which events, and what nearly was and why not, and writes nothing with --dry-run", async () => {
      assert.equal(await run("--dry-run", "--near-misses", "50"), EXIT.ok);
      const text = printed.join("\n");
      assert.match(text, /^\d+ rules, \d+ events read, [1-9]\d* chains$/m);
      assert.match(text, /^ {2}token-read-api-call \(severity 5\): .*pod\.name=attacker/m);
      assert.match(text, /^ {4}\d{4}-.*Z token-read: .+\n {4}\d{4}-.*Z api-call: .+$/m);
      assert.match(text, /^Nearly a chain \(\d+ of \d+\):$/m);
      assert.match(
        text,
        /^ {2}token-read-api-call: .*: 1 of 2\n {4}no api-call: one in time is another's: kubernetes\.pod\.name is .* there, not .*$/m,
      );
      assert.deepEqual(await written(), []);
    });

    it("writes what is not there yet, by the rules that are named", async () => {
      const rule = ["--rule", "token-read-api-call"];
      assert.equal(await run(...rule), EXIT.ok);
      assert.match(printed.at(-1)!, /1 chains written, 0 were there/);
      assert.equal((await written()).length, 1);
      assert.equal(await run(...rule), EXIT.ok);
      assert.match(printed.at(-1)!, /0 chains written, 1 were there/);
      assert.equal((await written()).length, 1);
    });

    it("ends with 1 for a rule that there is not", async () => {
      assert.equal(await run("--rule", "token-read-api-cal"), EXIT.failed);
    });
  });
});

function clusterOf(orchestrator: unknown): string {
  return (orchestrator as { cluster: { name: string } }).cluster.name;
}

function expectedName({ rule, technique }: Pick<ExpectedChain, "rule" | "technique">): string {
  return technique === undefined ? rule : `${rule} ${technique}`;
}

/** `_id` of the events of a rule's step, of one scenario or of all. */
async function idsOf(
  server: ElasticsearchServer,
  rule: ResolvedRule,
  step: number,
  start?: number,
): Promise<Set<string>> {
  const range = {
    gte: start,
    lt: start === undefined ? undefined : start + HOUR / 2,
    format: "epoch_millis",
  };
  const filter = [
    rule.steps[step]!.query,
    ...(start === undefined ? [] : [{ range: { "@timestamp": range } }]),
  ];
  const hits = await server.client.search(allEvents(INDICES), { bool: { filter } });
  return new Set(hits.map(({ _id }) => _id));
}

/** `scenario: rule`. */
function titleOf(chain: Json, times: ReadonlyMap<string, number>): string {
  const time = Date.parse(String(chain["@timestamp"]));
  const [id] = [...times].find(([, start]) => time >= start - 1000 && time < start + HOUR / 2)!;
  return `${id}: ${nameOf(chain)}`;
}

/** Its rule, with the technique where chains of one rule differ by it. */
function nameOf(chain: Json): string {
  const { name } = chain["rule"] as { name: string };
  const { key } = chain["correlation"] as { key: string[] };
  const technique = key.find((one) => one.startsWith("threat.technique.id="))?.split("=")[1];
  return technique ? `${name} ${technique}` : name;
}
