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

const EXCEPTIONS = [
  { tool: "falco", keepPercent: 100, rule: "Terminal shell*" },
  { tool: "falco", effect: "mute", rule: "Backup *", maxSeverity: 4 },
  // First of those that drop, since most events lack what it looks at: later ones must hold all the same.
  { technique: "T1053.003" },
  { tool: "falco", labels: { "app.kubernetes.io/name": "load-test" } },
  { tool: "falco", rule: "Cost is $5 {{now}} (a|b)" },
  { namespace: "batch-*" },
  { namespace: "a-c" },
  { tool: "falco", image: "quay.io/acme/*", rule: "Read *", maxSeverity: 5 },
  { namespace: "apps", process: "/usr/bin/backup" },
  { namespace: "apps", path: "/etc/shadow", user: "backup" },
  { tool: "falco", keepPercent: 10, namespace: "noisy" },
  { tool: "tetragon", namespace: "shop" },
].map((one) => ({ reason: "a reason", owner: "a team", until: "2026-12-31", ...one }));

interface Alert {
  namespace?: string;
  image?: string;
  labels?: string | null;
  rule?: string;
  priority?: string;
  tags?: string[];
  source?: string;
  fields?: Record<string, unknown>;
}

const OWN = { "proc.is_exe_upper_layer": false };
const apps = (fields: Record<string, unknown>): Alert => ({ namespace: "apps", fields });

/** Alerts, and whether their documents are to be there. */
const ALERTS: [string, Alert, boolean][] = [
  ["what no filter is about", {}, true],
  ["a namespace that is dropped", { namespace: "batch-eu" }, false],
  ["a namespace that only begins like it", { namespace: "a-c-d" }, true],
  ["a dropped namespace, but too severe", { namespace: "batch-eu", priority: "Critical" }, true],
  [
    "a dropped namespace, but an earlier exception keeps the rule",
    { namespace: "batch-eu", rule: "Terminal shell in container" },
    true,
  ],
  ["what is muted, though a later exception drops it", { namespace: "batch-eu", rule: "Backup all" }, true],
  ["a label that is dropped", { labels: "app.kubernetes.io/name:load-test, tier:front" }, false],
  ["another value of that label", { labels: "app.kubernetes.io/name:web" }, true],
  ["no labels at all", { labels: null }, true],
  [
    "no labels at all in a namespace that a later exception drops",
    { labels: null, namespace: "batch-eu" },
    false,
  ],
  ["what Falco says of itself", { namespace: "batch-eu", source: "internal" }, true],
  [
    "image and rule that are dropped, severe as it is",
    { image: "quay.io/acme/tool", rule: "Read all", priority: "Alert" },
    false,
  ],
  ["the image with another rule", { image: "quay.io/acme/tool", rule: "Write all" }, true],
  ["a rule with characters of other languages in its name", { rule: "Cost is $5 {{now}} (a|b)" }, false],
  ["a technique, among others", { tags: ["container", "T1053.003", "T1222"] }, false],
  ["the technique that it is one of", { tags: ["T1053"] }, true],
  ["a program by its path", apps({ "proc.exepath": "/usr/bin/backup", ...OWN }), false],
  ["a copy of it elsewhere", apps({ "proc.exepath": "/tmp/usr/bin/backup", ...OWN }), true],
  ["another of its name", apps({ "proc.name": "backup", "proc.exepath": "/tmp/backup", ...OWN }), true],
  [
    "another that was written to its path",
    apps({ "proc.exepath": "/usr/bin/backup", "proc.is_exe_upper_layer": true }),
    true,
  ],
  ["a program of which nothing says where its file is", apps({ "proc.exepath": "/usr/bin/backup" }), true],
  ["that program elsewhere", { fields: { "proc.exepath": "/usr/bin/backup", ...OWN } }, true],
  ["a file and a user", apps({ "fd.name": "/etc/shadow", "user.name": "backup" }), false],
  ["the file and another user", apps({ "fd.name": "/etc/shadow", "user.name": "root" }), true],
  ["the user and a file that begins so", apps({ "fd.name": "/etc/shadow-", "user.name": "backup" }), true],
  ["an exception of another tool", { namespace: "shop" }, true],
];

describe("exceptions at the gateway", function () {
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
    rig = await PipelineRig.create(server, { exceptions: EXCEPTIONS });
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

  it("mark what they mute with who answers for it, and nothing else", () => {
    const marked = hits.filter(({ _source }) => "excepted" in (_source["labels"] as object));
    assert.deepEqual(
      marked.map(({ _source }) => [_source["rule"], _source["labels"]]),
      [[{ name: "Backup all" }, { security_tool: "falco", excepted: "a team: a reason" }]],
    );
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
      ...change.fields,
    },
    priority: change.priority ?? "Notice",
    rule,
    source: change.source ?? "syscall",
    tags: change.tags ?? [],
    time,
  });
}

function namespaceOf(source: Record<string, unknown>): unknown {
  return (source["kubernetes"] as Record<string, unknown>)["namespace"];
}
