import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Hit } from "../../tools/dev/elasticsearch/client";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { PipelineRig } from "../rigs/pipeline/rig";
import { emptyElasticsearch } from "../rigs/test-server";
import { timeOf } from "../support/documents/case";

const FILTERED = "otelcol_processor_filter_logs_filtered";
const SAMPLED = 3000;

const FILTERS = [
  { tool: "falco", reason: "shells are always of interest", keepPercent: 100, rules: ["Terminal shell*"] },
  { tool: "falco", reason: "a load test", labels: { "app.kubernetes.io/name": "load$test" } },
  { tool: "falco", reason: "batch jobs read everything", namespaces: ["batch-*", "a.c"] },
  { tool: "falco", reason: "a known image", images: ["quay.io/acme/*"], rules: ["Read *"], maxSeverity: 5 },
  { tool: "falco", reason: "a noisy tenant", keepPercent: 10, namespaces: ["noisy"] },
  { tool: "tetragon", reason: "another tool", namespaces: ["shop"] },
];

interface Alert {
  namespace?: string;
  image?: string;
  labels?: string | null;
  rule?: string;
  priority?: string;
}

/** Alerts, and whether their documents are to be there. */
const ALERTS: [string, Alert, boolean][] = [
  ["what no filter is about", {}, true],
  ["a namespace that is dropped", { namespace: "batch-eu" }, false],
  ["a namespace that only looks like it: a dot is no pattern", { namespace: "abc" }, true],
  ["a namespace that only begins like it", { namespace: "a.c.d" }, true],
  ["a dropped namespace, but too severe", { namespace: "batch-eu", priority: "Critical" }, true],
  [
    "a dropped namespace, but an earlier filter keeps the rule",
    { namespace: "batch-eu", rule: "Terminal shell in container" },
    true,
  ],
  ["a label that is dropped", { labels: "app.kubernetes.io/name:load$test, tier:front" }, false],
  ["another value of that label", { labels: "app.kubernetes.io/name:web" }, true],
  ["no labels at all", { labels: null }, true],
  [
    "no labels at all in a namespace that a later filter drops",
    { labels: null, namespace: "batch-eu" },
    false,
  ],
  [
    "image and rule that are dropped, severe as it is",
    { image: "quay.io/acme/tool", rule: "Read all", priority: "Alert" },
    false,
  ],
  ["the image with another rule", { image: "quay.io/acme/tool", rule: "Write all" }, true],
  ["a filter of another tool", { namespace: "shop" }, true],
];

describe("filters of the pipeline", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;
  let hits: Hit[];
  const lines = [
    ...ALERTS.map(([, change], i) => alert(change, i)),
    ...Array.from({ length: SAMPLED }, (_, i) => alert({ namespace: "noisy" }, ALERTS.length + i)),
    '{"priority":"Notice","output_fields":{"k8s.ns.name":"batch-eu"}}',
  ];

  before(async () => {
    server = await emptyElasticsearch();
    rig = await PipelineRig.create(server, { config: { filters: FILTERS } });
    await rig.start();
    appendFileSync(rig.logFile("falco", "events.log"), `${lines.join("\n")}\n`);
    hits = await settled();
  });
  after(() => rig?.destroy());

  /** All documents, once every line is a document or counted as filtered. */
  async function settled(times = 1): Promise<Hit[]> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const done = (await rig.gateway.metric(FILTERED)) + (await processed());
      if (done >= times * lines.length || Date.now() > deadline) return server.client.search("security-*");
      await sleep(200);
    }
  }

  function processed(): Promise<number> {
    return rig.gateway.metric("otelcol_elasticsearch_docs_processed");
  }

  for (const [i, [title, , isKept]] of ALERTS.entries())
    it(`${isKept ? "keep" : "drop"}: ${title}`, () => {
      const found = hits.filter(({ _source }) => _source["@timestamp"] === timeOf(i));
      assert.equal(found.length, isKept ? 1 : 0);
    });

  it("keep of a sample about the share that they say, and say so in every document", () => {
    const sample = hits.filter(({ _source }) => namespaceOf(_source) === "noisy");
    // Six standard deviations of 3000 draws at one in ten.
    assert.ok(Math.abs(sample.length - SAMPLED / 10) < 100, `${sample.length} of ${SAMPLED}`);
    for (const { _source } of sample)
      assert.equal((_source["event"] as Record<string, unknown>)["sampled_percent"], 10);
    const others = hits.filter(({ _source }) => namespaceOf(_source) !== "noisy");
    for (const { _source } of others) assert.equal("sampled_percent" in (_source["event"] as object), false);
  });

  it("never touch a dead letter", () => {
    assert.equal(hits.filter(({ _index }) => _index === INDICES.deadLetter).length, 1);
  });

  it("count what they drop, by tool", async () => {
    const dropped = await rig.gateway.metric(FILTERED, { filter: "filter/falco" });
    assert.equal(dropped, lines.length - hits.length);
  });

  it("decide the same of a line that is read again", async () => {
    await rig.node.end("SIGKILL");
    rig.forgetReadPositions();
    await rig.node.start();
    const again = await settled(2);
    assert.deepEqual(again.map(({ _id }) => _id).sort(), hits.map(({ _id }) => _id).sort());
  });
});

function alert(change: Alert, index: number): string {
  const { namespace = "default", image = "docker.io/library/alpine", rule = "Read sensitive file" } = change;
  const time = timeOf(index);
  return JSON.stringify({
    hostname: "node-1",
    output: `something happened, ${index}`,
    output_fields: {
      "container.image.repository": image,
      "k8s.ns.name": namespace,
      "k8s.pod.labels": change.labels === undefined ? "app:web" : change.labels,
      "k8s.pod.name": "web",
    },
    priority: change.priority ?? "Notice",
    rule,
    source: "syscall",
    tags: [],
    time,
  });
}

function namespaceOf(source: Record<string, unknown>): unknown {
  return (source["kubernetes"] as Record<string, unknown>)["namespace"];
}
