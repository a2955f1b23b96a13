import assert from "node:assert/strict";
import { envelopeSchema } from "../../components/core/config/envelope-schema";
import { kafkaSchema } from "../../components/core/config/kafka-schema";
import { configuredStore } from "../../components/core/plan/configured-store";
import { type PlannedFragment, plannedFragment } from "../../components/documents/documents";
import { source } from "../../components/documents/ottl";
import { falcoCollector } from "../../components/falco/falco-collector";
import { osqueryCollector } from "../../components/osquery/osquery-collector";
import type { CollectorConfig } from "../../components/pipeline/collector-config";
import { pipelineSchema } from "../../components/pipeline/pipeline-schema";
import { type FeatureFragment, synthesize } from "../../components/pipeline/synthesize";
import { tetragonCollector } from "../../components/tetragon/tetragon-collector";

const LOGS = "/var/log/security";
const SENSORS: FeatureFragment[] = [
  { feature: "falco", fragment: plannedFragment(falcoCollector, LOGS) },
  { feature: "osquery", fragment: plannedFragment(osqueryCollector, LOGS) },
  { feature: "tetragon", fragment: plannedFragment(tetragonCollector, LOGS) },
];

function settings(config: Record<string, unknown> = {}, elasticsearch: Record<string, unknown> = {}) {
  const envelope = envelopeSchema.parse({
    global: { clusterName: "dev" },
    output: { elasticsearch: { endpoints: ["https://es.example:9200"], ...elasticsearch } },
  });
  return {
    config: pipelineSchema.parse(config),
    elasticsearch: configuredStore(envelope.output),
    namespaces: { privileged: "security-system", restricted: "security-pipeline" },
    clusterName: envelope.global.clusterName,
    filters: { exceptions: [], tools: [] },
  };
}

function toyFragment(tool: string): PlannedFragment {
  return {
    tool,
    index: "events",
    receivers: { [`file_log/${tool}`]: { include: [`${LOGS}/${tool}/*.log`] } },
    document: {
      expects: [],
      time: source("time"),
      identity: [],
      statements: [`set(log.body["rule"]["name"], "${tool}")`],
    },
  };
}

const toy = (tool: string): FeatureFragment => ({ feature: tool, fragment: toyFragment(tool) });

/** Ids that a configuration names in a pipeline but does not define. */
function undefinedIds(config: CollectorConfig): string[] {
  const { receivers, processors, exporters, connectors = {}, extensions, service } = config;
  const pipelines = Object.values(service.pipelines);
  const known = new Set([receivers, processors, exporters, connectors].flatMap((part) => Object.keys(part)));
  return [
    ...pipelines
      .flatMap((p) => [...p.receivers, ...p.processors, ...p.exporters])
      .filter((id) => !known.has(id)),
    ...service.extensions.filter((id) => !(id in extensions)),
  ];
}

/** With Kafka in between and without. */
function collectorsOf(features: readonly FeatureFragment[]): CollectorConfig[] {
  const client = { saslSecretRef: { name: "kafka-user", username: "stack" } };
  return [undefined, false, true].flatMap((drain) => {
    const kafka =
      drain === undefined
        ? undefined
        : kafkaSchema.parse({ brokers: ["kafka.example:9093"], gateway: client, indexer: client, drain });
    const { node, gateway, indexer } = synthesize(features, { ...settings(), kafka });
    return [node, gateway, ...(indexer ? [indexer] : [])];
  });
}

describe("synthesis of the collectors' configurations", () => {
  it("gives the same bytes in whatever order the features come", () => {
    const one = JSON.stringify(synthesize(SENSORS, settings()));
    const two = JSON.stringify(synthesize([...SENSORS].reverse(), settings()));
    assert.equal(one, two);
  });

  it("names in its pipelines only what it defines, with every number of features", () => {
    for (const features of [[], SENSORS.slice(0, 1), SENSORS, [...SENSORS, toy("toy")]]) {
      assert.deepEqual(collectorsOf(features).flatMap(undefinedIds), []);
    }
  });

  it("has a pipeline with a receiver and an exporter in each, with every number of features", () => {
    for (const features of [[], SENSORS.slice(0, 1), SENSORS])
      for (const { service, connectors } of collectorsOf(features)) {
        assert.ok(Object.keys(service.pipelines).length > 0);
        for (const { receivers, exporters } of Object.values(service.pipelines))
          assert.ok(receivers.length > 0 && exporters.length > 0);
        assert.notDeepEqual(connectors?.["routing"]?.["table"], []);
      }
  });

  it("listens at the pod's address, of whichever family it is", () => {
    const text = JSON.stringify(synthesize(SENSORS, settings()));
    assert.doesNotMatch(text, /[^[]\$\{env:POD_IP\}[^"\]]/);
    assert.match(text, /"\[\$\{env:POD_IP\}\]:4317"/);
  });

  for (const { feature } of SENSORS)
    it(`has nothing of ${feature} left when it is off`, () => {
      const rest = SENSORS.filter((sensor) => sensor.feature !== feature);
      assert.equal(JSON.stringify(synthesize(rest, settings())).includes(feature), false);
      assert.equal(JSON.stringify(synthesize(SENSORS, settings())).includes(feature), true);
    });

  it("refuses two features with one tool name, and names both", () => {
    const features = [toy("toy"), { feature: "other", fragment: toyFragment("toy") }];
    assert.throws(() => synthesize(features, settings()), /tool toy is used by both toy and other/);
  });

  it("refuses two features with one receiver id, and names both", () => {
    const other = { ...toyFragment("other"), receivers: toyFragment("toy").receivers };
    assert.throws(
      () => synthesize([toy("toy"), { feature: "other", fragment: other }], settings()),
      /receiver file_log\/toy is used by both other and toy/,
    );
  });

  it("adds to every file receiver what its delivery needs, and the fragment can't undo it", () => {
    const careless = toyFragment("careless");
    careless.receivers["file_log/careless"] = {
      ...careless.receivers["file_log/careless"],
      start_at: "end",
      storage: "none",
      retry_on_failure: { enabled: false },
    };
    const { node } = synthesize([...SENSORS, { feature: "careless", fragment: careless }], settings());
    for (const [id, receiver] of Object.entries(node.receivers)) {
      assert.equal(receiver["start_at"], "beginning", id);
      assert.equal(receiver["storage"], "file_storage/checkpoints", id);
      const retry = receiver["retry_on_failure"] as Record<string, unknown>;
      assert.deepEqual([retry["enabled"], retry["max_elapsed_time"]], [true, "0s"], id);
    }
  });

  it("keeps the queues on disk and retries without end on both hops", () => {
    const { node, gateway } = synthesize(
      SENSORS,
      settings({ queue: { nodeMegabytes: 64, gatewaySize: "3Gi" } }),
    );
    const toGateway = node.exporters["otlp_grpc"] as Record<string, Record<string, unknown>>;
    const toStore = gateway.exporters["elasticsearch"] as Record<string, Record<string, unknown>>;
    for (const exporter of [toGateway, toStore]) {
      assert.equal(exporter["sending_queue"]!["storage"], "file_storage/queue");
      assert.equal(exporter["sending_queue"]!["sizer"], "bytes");
    }
    assert.equal(toGateway["sending_queue"]!["queue_size"], 64 * 2 ** 20);
    assert.equal(toStore["sending_queue"]!["queue_size"], 1.5 * 2 ** 30);
    assert.equal(toGateway["retry_on_failure"]!["max_elapsed_time"], "0s");
    assert.equal(toStore["timeout"], "0s");
  });

  it("verifies both sides of the connection between the collectors, and Elasticsearch", () => {
    const { node, gateway } = synthesize(
      SENSORS,
      settings({}, { caSecretRef: { name: "es-ca", key: "root.pem" } }),
    );
    const client = (node.exporters["otlp_grpc"] as { tls: Record<string, unknown> }).tls;
    const grpc = (gateway.receivers["otlp"] as { protocols: { grpc: { tls: Record<string, unknown> } } })
      .protocols.grpc;
    const store = (gateway.exporters["elasticsearch"] as { tls: Record<string, unknown> }).tls;
    for (const file of ["ca_file", "cert_file", "key_file"]) assert.equal(typeof client[file], "string");
    for (const file of ["cert_file", "key_file", "client_ca_file"])
      assert.equal(typeof grpc.tls[file], "string");
    assert.equal(store["ca_file"], "/etc/elasticsearch-ca/root.pem");
    assert.equal(JSON.stringify([node, gateway]).includes("insecure"), false);
  });

  it("takes 50 features in under 50 ms of the processor, and far less than the square of the time for more", () => {
    const measure = (count: number) => {
      const features = Array.from({ length: count }, (_, i) => toy(`toy${i}`));
      const times = Array.from({ length: 15 }, () => {
        const start = process.cpuUsage();
        synthesize(features, settings());
        const { user, system } = process.cpuUsage(start);
        return (user + system) / 1000;
      });
      // What other programs on the machine take is in the others.
      return Math.min(...times);
    };
    measure(50);
    const fifty = measure(50);
    assert.ok(fifty < 50, `${fifty.toFixed(1)} ms for 50 features`);
    const growth = measure(400) / fifty;
    assert.ok(growth < 40, `8 times the features took ${growth.toFixed(1)} times as long`);
  });
});
