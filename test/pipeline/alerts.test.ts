import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../tools/dev/elasticsearch/server";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { PipelineRig } from "../rigs/pipeline/rig";
import { falcoLine, osqueryLine, tetragonLine } from "../rigs/pipeline/sensor-logs";
import { emptyElasticsearch } from "../rigs/test-server";
import { fits, type Rule, type Sample, samplesOf, selectorsOf } from "../support/metrics/prometheus";

const FILE = join(__dirname, "..", "..", "components", "pipeline", "prometheus-rules.yaml");

/** What happens only when a program answers in a way that none here can be brought to: looked for in the collector's program. */
const NOT_PROVOKED = ["otelcol_exporter_send_failed_log_records"];

const { groups } = parse(readFileSync(FILE, "utf8")) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

describe("alert rules", function () {
  this.timeout(240_000);
  let server: ElasticsearchServer;
  let rig: PipelineRig;
  let samples: Sample[];

  before(async () => {
    server = await emptyElasticsearch();
    // An index that somebody made without the template: it takes no text where the message is.
    await server.client.must("PUT", `/${INDICES.inventory}`, {
      settings: { "mapping.ignore_malformed": false },
      mappings: { properties: { osquery: { type: "integer" } } },
    });
    rig = await PipelineRig.create(server, { config: { queue: { gatewaySize: "3Mi", nodeMegabytes: 16 } } });
    await rig.start();
    append("falco", "events.log", 100, falcoLine);
    append("tetragon", "tetragon.log", 3, tetragonLine);
    append("osquery", "osqueryd.results.log", 1, osqueryLine);
    await until(() => rig.gateway.metric("otelcol_elasticsearch_docs_processed"), 104);
    server.signal("SIGSTOP");
    append("falco", "events.log", 30_000, (options) => falcoLine({ ...options, size: 1500 }));
    for (const collector of [rig.gateway, rig.node])
      await until(() => collector.metric("otelcol_exporter_enqueue_failed_log_records"), 1);
    samples = [...samplesOf(await rig.node.metrics()), ...samplesOf(await rig.gateway.metrics())];
  });
  after(async () => {
    server?.signal("SIGCONT");
    await rig?.destroy();
    // Its mapping is of no use to other tests.
    await server?.client.must("DELETE", `/${INDICES.inventory}`);
  });

  function append(tool: string, file: string, count: number, line: typeof falcoLine): void {
    const lines = Array.from({ length: count }, (_, sequence) => line({ sequence }));
    appendFileSync(rig.logFile(tool, file), `${lines.join("\n")}\n`);
  }

  it("are about drops, full queues, lag and silent sensors, and say how bad and what to do", () => {
    const alerts = rules.filter(({ alert }) => alert !== undefined);
    for (const { alert, labels, annotations } of alerts) {
      assert.match(labels?.["severity"] ?? "", /^(critical|warning)$/, alert);
      assert.ok(annotations?.["summary"] && annotations["fix"], alert);
    }
    const names = alerts.map(({ alert }) => alert);
    for (const name of [
      "SecurityEventsRefused",
      "SecurityQueueFull",
      "SecurityDeliveryLags",
      "SecuritySensorSilent",
    ])
      assert.ok(names.includes(name), name);
  });

  for (const { alert, record, expr } of rules)
    it(`${alert ?? record}: the collectors have the series of ${expr.slice(0, 60)}...`, async () => {
      for (const selector of selectorsOf(expr)) {
        // Falco's own, and what another rule records.
        if (/^(falcosecurity_|security:)/.test(selector.name)) continue;
        if (NOT_PROVOKED.includes(selector.name)) {
          const { "otelcol-contrib": program } = await ensureTools(["otelcol-contrib"]);
          assert.ok(readFileSync(program).includes(selector.name), selector.name);
          continue;
        }
        assert.ok(
          samples.some((sample) => fits(sample, selector)),
          `no series of ${JSON.stringify(selector)} among\n${samples
            .filter(({ name }) => name === selector.name)
            .map((s) => JSON.stringify(s))
            .join("\n")}`,
        );
      }
    });

  it("hear the sensors by node: the series of each receiver has a node by its instance", () => {
    const info = samples.find((sample) => sample.name === "target_info" && "k8s_node_name" in sample.labels);
    assert.equal(info?.labels["k8s_node_name"], "node-1");
    for (const tool of ["falco", "tetragon", "osquery"])
      assert.ok(
        samples.some(
          ({ name, labels }) =>
            name === "otelcol_receiver_accepted_log_records" && labels["receiver"] === `file_log/${tool}`,
        ),
      );
  });

  it("see what Elasticsearch refused", () => {
    const [refused] = rules
      .filter(({ alert }) => alert === "SecurityEventsRefused")
      .flatMap(({ expr }) => selectorsOf(expr));
    const found = samples.filter((sample) => fits(sample, refused!));
    assert.equal(
      found.reduce((sum, { value }) => sum + value, 0),
      1,
    );
  });
});

async function until(measure: () => Promise<number>, least: number): Promise<void> {
  const deadline = Date.now() + 90_000;
  while ((await measure()) < least) {
    if (Date.now() > deadline) throw new Error(`${await measure()} of ${least} after 90 s`);
    await sleep(200);
  }
}
