import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { envelopeSchema } from "../../../components/core/config/envelope-schema";
import { exceptionsSchema } from "../../../components/core/config/exceptions-schema";
import { type Kafka, kafkaSchema } from "../../../components/core/config/kafka-schema";
import type { Feature } from "../../../components/core/contract/feature";
import { configuredStore } from "../../../components/core/plan/configured-store";
import { registryFacts } from "../../../components/core/plan/registry-facts";
import { SIZING } from "../../../components/core/tables/sizing";
import { plannedFragment } from "../../../components/documents/documents";
import type { Store } from "../../../components/documents/store";
import type { CollectorConfig } from "../../../components/pipeline/collector-config";
import { goRuntime } from "../../../components/pipeline/collector-pod";
import { type PipelineConfig, pipelineSchema } from "../../../components/pipeline/pipeline-schema";
import { synthesize } from "../../../components/pipeline/synthesize";
import { FEATURES } from "../../../components/registry";
import { freePorts } from "../../../tools/dev/cluster/ports";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { putTemplates } from "../../../tools/dev/elasticsearch/templates";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { Collector } from "./collector-process";
import { localise } from "./localise";
import { type RigKafka, type RigStore, writeSecrets } from "./rig-secrets";
import { SmallDisk } from "./small-disk";

export const CLUSTER_NAME = "test";
const NAMESPACES = { privileged: "security-system", restricted: "security-pipeline" };

/** Gates of the node collector, as the DaemonSet has them. */
export const NODE_FEATURE_GATES = ["stanza.synchronousLogEmitter"];

const NAMES = ["node", "gateway", "indexer"] as const;
type Name = (typeof NAMES)[number];

export interface RigOptions {
  /** What is between the gateway and Elasticsearch. */
  kafka?: RigKafka;
  /** The feature's config, as a user writes it. */
  config?: Record<string, unknown>;
  /** The stack config's `exceptions`, as a user writes them. */
  exceptions?: Record<string, unknown>[];
  env?: Record<string, string>;
  /** Size of the disk for the gateway's queue, in MB; left out, the machine's own. */
  gatewayDiskMegabytes?: number;
  /** Whose sensors it reads; the stack's own by default. */
  registry?: readonly Feature[];
}

/**
 * The pipeline as it is deployed, on this machine: the node collector and the gateway with their synthesised
 * configurations, mutual TLS between them, in front of a real Elasticsearch.
 */
export class PipelineRig {
  private readonly onExit = () => this.removeFiles();

  private constructor(
    /** All files; `logs` in it is what the sensors write to. */
    readonly folder: string,
    readonly config: PipelineConfig,
    readonly node: Collector,
    readonly gateway: Collector,
    /** The credential that the gateway starts with. */
    readonly elasticsearchKey: string,
    /** What the gateway's queue is on, where it has a size of its own. */
    readonly gatewayDisk: SmallDisk | undefined,
    /** Where Kafka is in between. */
    readonly indexer: Collector | undefined,
    /** A collector's configuration with another `output.kafka`, as a user writes it, or without it. */
    readonly configWith: (
      name: "gateway" | "indexer",
      kafka: Record<string, unknown> | undefined,
    ) => CollectorConfig,
  ) {
    process.once("exit", this.onExit);
  }

  static async create(server: RigStore, options: RigOptions = {}): Promise<PipelineRig> {
    const { "otelcol-contrib": program } = await ensureTools(["otelcol-contrib"]);
    const folder = mkdtempSync(join(tmpdir(), "security-stack-pipeline-"));
    const config = pipelineSchema.parse({ nodeLogBasePath: join(folder, "logs"), ...options.config });
    const [otlp, ...own] = await freePorts(7);
    const kafka = options.kafka && kafkaSchema.parse(options.kafka.config);
    const ports = (name: Name) => {
      const place = 2 * NAMES.indexOf(name);
      return { otlp: otlp!, health: own[place]!, metrics: own[place + 1]! };
    };
    const elasticsearch = storeAt(server.url);
    const configsWith = (kafka: Kafka | undefined) =>
      synthesize(fragments(config.nodeLogBasePath, options.registry ?? FEATURES), {
        config,
        elasticsearch,
        namespaces: NAMESPACES,
        clusterName: CLUSTER_NAME,
        filters: {
          exceptions: exceptionsSchema
            .parse(options.exceptions ?? [])
            .map((one, index) => ({ ...one, index })),
          tools: registryFacts(FEATURES).documents,
        },
        kafka,
      });
    const collectors = configsWith(kafka);
    const localised = (name: Name, collector: CollectorConfig) =>
      localise(collector, {
        folder: join(folder, name),
        ports: ports(name),
        namespaces: NAMESPACES,
        metricsPort: config.metrics.port,
      });
    await writeSecrets(folder, server, elasticsearch, options.kafka);
    const disk = options.gatewayDiskMegabytes
      ? await SmallDisk.create(join(folder, "gateway", "state"), options.gatewayDiskMegabytes)
      : undefined;
    const make = (name: Name, collector: CollectorConfig, featureGates: string[] = []) =>
      new Collector({
        name,
        program,
        folder: join(folder, name),
        config: localised(name, collector),
        ports: ports(name),
        featureGates,
        ...(disk && name === "gateway" ? { disk } : {}),
        env: {
          ...goRuntime(SIZING[name === "node" ? "nodeCollector" : name]!),
          ...(options.kafka && name !== "node" ? { KAFKA_PASSWORD: options.kafka.passwords[name] } : {}),
          ...options.env,
        },
      });
    return new PipelineRig(
      folder,
      config,
      make("node", collectors.node, NODE_FEATURE_GATES),
      make("gateway", collectors.gateway),
      server.gatewayKey,
      disk,
      collectors.indexer && make("indexer", collectors.indexer),
      (name, written) => {
        const collector = configsWith(written && kafkaSchema.parse(written))[name];
        if (!collector) throw new Error(`no ${name} without Kafka`);
        return localised(name, collector);
      },
    );
  }

  /** The file that a sensor writes to: `logFile("falco", "events.log")`. */
  logFile(tool: string, name: string): string {
    mkdirSync(join(this.config.nodeLogBasePath, tool), { recursive: true });
    return join(this.config.nodeLogBasePath, tool, name);
  }

  /**
   * Puts a file of a sensor there that is complete when it is first seen, in place of one of that name. What is written
   * where it is read can be seen half written: a line longer than the limit is then one dead letter or two, by chance.
   */
  placeLog(tool: string, name: string, content: string | Buffer): void {
    const complete = join(this.folder, "complete.log");
    writeFileSync(complete, content);
    renameSync(complete, this.logFile(tool, name));
  }

  /** Makes a node collector that is stopped read all files from their beginning again. */
  forgetReadPositions(): void {
    rmSync(join(this.folder, "node", "state", "checkpoints"), { recursive: true, force: true });
  }

  /** Writes another credential where a collector's is mounted, as Kubernetes does when the Secret changes. */
  replaceElasticsearchKey(token: string, collector: "gateway" | "indexer" = "gateway"): void {
    const file = join(this.folder, collector, "elasticsearch-auth", "api_key");
    writeFileSync(`${file}.new`, token, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  async start(): Promise<void> {
    await Promise.all([this.gateway.start(), this.indexer?.start()]);
    await this.node.start();
  }

  /** Ends both and removes all files. */
  async destroy(): Promise<void> {
    await Promise.all([this.node, this.gateway, this.indexer].map((one) => one?.end("SIGKILL")));
    await this.gatewayDisk?.remove();
    process.removeListener("exit", this.onExit);
    this.removeFiles();
  }

  private removeFiles(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Puts the stack's templates into a server, changed only where its build lacks something. */
export async function installTemplates(
  server: ElasticsearchServer,
  registry: readonly Feature[] = FEATURES,
): Promise<void> {
  await putTemplates(server.client, registry);
}

/**
 * Removes the stack's indices with all their documents, whatever made them (the current inventory and the alerts among
 * them), and further ones; those that are not there are no error.
 */
export async function removeIndices(
  server: ElasticsearchServer,
  further: readonly string[] = [],
): Promise<void> {
  const { body } = await server.client.request("GET", "/security-*");
  const indices = [...new Set([...Object.keys(body), ...Object.values(INDICES), ...further])].join(",");
  await server.client.request("DELETE", `/${indices}?ignore_unavailable=true`);
}

function fragments(base: string, registry: readonly Feature[]) {
  return registry.flatMap(({ name, collector }) =>
    collector ? [{ feature: name, fragment: plannedFragment(collector, base) }] : [],
  );
}

function storeAt(url: string): Store {
  const { output } = envelopeSchema.parse({
    global: { clusterName: CLUSTER_NAME },
    output: { elasticsearch: { endpoints: [url], caSecretRef: { name: "elasticsearch-ca" } } },
  });
  return configuredStore(output);
}
