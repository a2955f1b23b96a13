import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseConfig } from "../../../components/core/config/parse";
import { plan } from "../../../components/core/plan/plan";
import { SIZING } from "../../../components/core/tables/sizing";
import type { Manifest } from "../../../components/kubernetes/manifest";
import type { CollectorConfig } from "../../../components/pipeline/collector-config";
import { goRuntime } from "../../../components/pipeline/collector-pod";
import { SINK_AUTH_FOLDER, SINK_CA_FOLDER } from "../../../components/pipeline/pipeline-names";
import { FEATURES } from "../../../components/registry";
import { freePorts } from "../../../tools/dev/cluster/ports";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { Collector } from "../pipeline/collector-process";
import { localise } from "../pipeline/localise";
import { CLUSTER_NAME } from "../pipeline/rig";
import type { KafkaBrokers } from "./brokers";
import { kafkaConfig, TOPIC } from "./kafka-rig";

export const SINK_USER = { name: "stack-sink", password: "s1nk" };
const SINK_CLIENT = { saslSecretRef: { name: "kafka-sink", username: SINK_USER.name } };
const METRICS_PORT = 8888;

export interface SinkOptions {
  /** Where its files are. */
  folder: string;
  kafka: KafkaBrokers;
  /** The sink's own part of `output`, as a user writes it, without `kafka`. */
  output: { otlp: Record<string, unknown> } | { cloudwatch: object } | { s3: object };
  /** Files that Secrets are mounted as. */
  secrets?: { auth?: Record<string, string>; ca?: Record<string, string> };
  env?: Record<string, string>;
  /** What only a test's destination needs: an address on this machine. */
  adapt?: (config: CollectorConfig) => CollectorConfig;
}

/** The collector of a sink with the configuration that the plan has, as a process of this machine. */
export async function sinkCollector(options: SinkOptions): Promise<{ collector: Collector; group: string }> {
  const { folder, kafka, output, adapt = (config) => config } = options;
  const [kind, own] = Object.entries(output)[0]!;
  const id = kind === "otlp" ? `otlp-${(own as { name: string }).name}` : kind;
  const group = `security-${id}`;
  await allowReader(kafka, SINK_USER, group);
  const sink = { ...own, kafka: SINK_CLIENT };
  const manifests = plannedWithKafka(kafka, { [kind]: kind === "otlp" ? [sink] : sink });
  const collector = await plannedCollector({
    ...{ id, folder, kafka, password: SINK_USER.password },
    config: adapt(configOf(manifests, id)),
    ...(options.secrets ? { secrets: options.secrets } : {}),
    ...(options.env ? { env: options.env } : {}),
  });
  return { collector, group };
}

export interface PlannedCollector {
  /** Of its sink. */
  id: string;
  folder: string;
  kafka: KafkaBrokers;
  config: CollectorConfig;
  /** For Kafka. */
  password: string;
  secrets?: SinkOptions["secrets"];
  env?: Record<string, string>;
}

/** A collector behind Kafka as a process of this machine, with the files that are its volumes. */
export async function plannedCollector(options: PlannedCollector): Promise<Collector> {
  const { id, folder, kafka, config, password, secrets = {}, env } = options;
  const [otlp, health, metrics] = (await freePorts(3)) as [number, number, number];
  const ports = { otlp, health, metrics };
  const home = join(folder, id);
  const planned = JSON.stringify(config)
    .replaceAll(SINK_AUTH_FOLDER, join(home, "sink-auth"))
    .replaceAll(SINK_CA_FOLDER, join(home, "sink-ca"));
  write(join(home, "sink-auth"), secrets.auth ?? {});
  write(join(home, "sink-ca"), secrets.ca ?? {});
  write(join(home, "kafka-ca"), { "ca.crt": kafka.certificates.caCertificate });
  return new Collector({
    name: id,
    program: (await ensureTools(["otelcol-contrib"]))["otelcol-contrib"],
    folder: home,
    config: localise(JSON.parse(planned) as CollectorConfig, {
      folder: home,
      ports,
      namespaces: { privileged: "security-system", restricted: "security-pipeline" },
      metricsPort: METRICS_PORT,
    }),
    ports,
    env: { ...goRuntime(SIZING["sink"]!), KAFKA_PASSWORD: password, ...env },
  });
}

/**
 * Starts a collector again that ended by itself, as the kubelet does. One can: where several goroutines parse JSON for
 * the first time at once, its parser may panic (goccy/go-json 0.10.6, a decoder is published before it is complete).
 */
export async function keepRunning(collector: Collector): Promise<void> {
  const { processId } = collector;
  if (processId !== undefined && !isAlive(processId)) await collector.start();
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
}

/** What docs/sinks.md gives a sink: the topic to read, and its group. */
export async function allowReader(
  kafka: KafkaBrokers,
  { name, password }: { name: string; password: string },
  group: string,
): Promise<void> {
  await kafka.setUser(name, password);
  await kafka.allow(`User:${name}`, "TOPIC", TOPIC, ["READ", "DESCRIBE"]);
  await kafka.allow(`User:${name}`, "GROUP", group, ["READ", "DESCRIBE"]);
}

/** The manifests of a stack with all sensors and these brokers. */
export function plannedWithKafka(
  kafka: KafkaBrokers,
  sinks: object,
  more: readonly object[] = [],
): Manifest[] {
  const values = {
    global: { clusterName: CLUSTER_NAME },
    output: {
      elasticsearch: { endpoints: ["https://es.example:9200"] },
      kafka: kafkaConfig(kafka),
      ...sinks,
    },
    features: FEATURES.filter(({ collector }) => collector)
      .map(({ name }) => ({ name }))
      .concat({ name: "otel_pipeline" })
      .concat(more as { name: string }[]),
  };
  const { features } = plan(parseConfig({ values, encrypted: [] }, FEATURES));
  return features.flatMap(({ contribution }) => contribution.manifests);
}

export function configOf(manifests: readonly Manifest[], id: string): CollectorConfig {
  const map = manifests.find(
    ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === `sink-${id}-config`,
  );
  if (map?.kind !== "ConfigMap") throw new Error(`the plan has no sink-${id}-config`);
  return parse(map.data!["config.yaml"]!) as CollectorConfig;
}

function write(folder: string, files: Record<string, string>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), content, { mode: 0o600 });
}
