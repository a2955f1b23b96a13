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
const PER_POD = 20;
const FLOOD = 6000;

type Source = Record<string, Record<string, unknown>>;

describe("the limit of events per pod", function () {
  this.timeout(180_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;
  let hits: Hit[];
  // A flood of one pod, with what others say in between.
  const quiet = [
    ...Array.from({ length: PER_POD - 5 }, () => ({ pod: "quiet" })),
    ...Array.from({ length: PER_POD * 3 }, () => ({ pod: "severe", priority: "Critical" })),
    ...Array.from({ length: PER_POD * 3 }, () => ({ pod: null })),
    ...Array.from({ length: 5 }, () => ({ pod: "loud", rule: "Another rule" })),
  ];
  const alerts = Array.from({ length: FLOOD }, (_, i) => [{ pod: "loud" }, ...quiet.slice(i, i + 1)]).flat();
  const lines = [...alerts.map(alert), "not JSON"];

  before(async () => {
    server = await emptyElasticsearch();
    rig = await PipelineRig.create(server, { config: { eventLimit: { perPod: PER_POD } } });
    await rig.start();
    appendFileSync(rig.logFile("falco", "events.log"), `${lines.join("\n")}\n`);
    const deadline = Date.now() + 60_000;
    while ((await done()) < lines.length && Date.now() < deadline) await sleep(200);
    hits = await server.client.search("security-*");
  });
  after(() => rig?.destroy());

  async function done(): Promise<number> {
    return (
      (await rig.gateway.metric(FILTERED)) +
      (await rig.gateway.metric("otelcol_elasticsearch_docs_processed"))
    );
  }

  const of = (pod: string | undefined, rule = "Read sensitive file") =>
    hits.filter(({ _source }) => {
      const { kubernetes, rule: found } = _source as Source;
      return (
        (kubernetes?.["pod"] as Record<string, unknown> | undefined)?.["name"] === pod &&
        found?.["name"] === rule
      );
    });
  const suppressed = (found: Hit[]) =>
    found.map(({ _source }) => Number((_source as Source)["event"]?.["suppressed"] ?? 0));

  it("keeps a part of a flood, and counts every event that it leaves out", () => {
    const loud = of("loud");
    const summaries = suppressed(loud).filter((count) => count > 0);
    assert.ok(loud.length < FLOOD / 10, `${loud.length} documents of ${FLOOD} events`);
    assert.equal(loud.length + summaries.reduce((sum, count) => sum + count, 0), FLOOD);
    // Of each batch the limit and the one that stands for the rest.
    assert.ok(loud.length <= (summaries.length + 1) * (PER_POD + 1));
  });

  it("says in the message of that one how many it stands for", () => {
    const [summary] = of("loud").filter((hit) => suppressed([hit])[0]! > 0);
    assert.ok(summary);
    const { event, message } = summary._source as { event: Record<string, unknown>; message: string };
    assert.equal(
      message.startsWith(
        `${event["suppressed"]} more events of this rule in this pod were left out. This one: something`,
      ),
      true,
      message,
    );
  });

  it("leaves alone what is below it: another pod, another rule, severe events, what has no pod, dead letters", () => {
    assert.equal(of("quiet").length, PER_POD - 5);
    assert.equal(of("severe").length, PER_POD * 3);
    assert.equal(of(undefined).length, PER_POD * 3);
    assert.equal(of("loud", "Another rule").length, 5);
    assert.equal(hits.filter(({ _index }) => _index === INDICES.deadLetter).length, 1);
    for (const found of [of("quiet"), of("severe"), of(undefined)])
      assert.deepEqual([...new Set(suppressed(found))], [0]);
  });

  it("counts in the gateway's metrics what it left out", async () => {
    assert.equal(
      await rig.gateway.metric(FILTERED, { filter: "filter/falco_limit" }),
      lines.length - hits.length,
    );
  });
});

function alert(change: { pod: string | null; rule?: string; priority?: string }, index: number): string {
  const time = timeOf(index);
  return JSON.stringify({
    hostname: "node-1",
    output: `something happened, ${index}`,
    output_fields: { "k8s.ns.name": change.pod && "shop", "k8s.pod.name": change.pod },
    priority: change.priority ?? "Notice",
    rule: change.rule ?? "Read sensitive file",
    source: "syscall",
    tags: [],
    time,
  });
}
