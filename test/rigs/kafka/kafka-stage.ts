import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { awaitDelivery, type Delivery } from "../pipeline/delivery";
import { installTemplates, type PipelineRig, removeIndices } from "../pipeline/rig";
import { falcoLine } from "../pipeline/sensor-logs";
import { elasticsearch } from "../test-server";
import { KafkaBrokers } from "./brokers";
import { GROUP, kafkaPipeline, prepareKafka, TOPIC } from "./kafka-rig";

const PATIENCE_MS = 60_000;

/** A broker, Elasticsearch and the collectors with Kafka in between; nothing is started but the two servers. */
export class KafkaStage {
  /** Lines so far. */
  written = 0;

  private constructor(
    readonly kafka: KafkaBrokers,
    readonly server: ElasticsearchServer,
    readonly rig: PipelineRig,
  ) {}

  static async create(): Promise<KafkaStage> {
    const [kafka, server] = await Promise.all([KafkaBrokers.start(), elasticsearch()]);
    await removeIndices(server);
    await installTemplates(server);
    await prepareKafka(kafka);
    return new KafkaStage(kafka, server, await kafkaPipeline(server, kafka));
  }

  async destroy(): Promise<void> {
    await this.rig.destroy();
    await this.kafka.stop();
  }

  get gateway() {
    return this.rig.gateway;
  }

  get indexer() {
    return this.rig.indexer!;
  }

  get logFile(): string {
    return this.rig.logFile("falco", "events.log");
  }

  /** Lines of Falco with the next numbers. */
  append(count: number, size = 1000): void {
    const lines = Array.from({ length: count }, (_, i) => falcoLine({ sequence: this.written + i, size }));
    appendFileSync(this.logFile, `${lines.join("\n")}\n`);
    this.written += count;
  }

  /** A collector with another `output.kafka`, or without it, as a rollout replaces its pod. */
  async reconfigure(name: "gateway" | "indexer", output: Record<string, unknown> | undefined): Promise<void> {
    await this[name].end("SIGTERM", 5000);
    this[name].writeConfig(this.rig.configWith(name, output));
    await this[name].start();
  }

  /** What became of all lines. */
  delivery(): Promise<Delivery> {
    return awaitDelivery(this.server, this.written);
  }

  /** What {@link delivery} must be. */
  get everyLine(): Delivery {
    return { written: this.written, found: this.written, missing: [], doubled: 0 };
  }

  /** Bytes in the gateway's queue on disk. */
  waiting(exporter: "kafka" | "elasticsearch"): Promise<number> {
    return this.gateway.metric("otelcol_exporter_queue_size", { exporter });
  }

  /** Records that the indexers have not committed. */
  lag(topic = TOPIC): Promise<number> {
    return this.kafka.lag(topic, GROUP);
  }

  /** Records that are and were in the topic. */
  async ends(): Promise<number> {
    return (await this.kafka.offsets(TOPIC, GROUP)).reduce((sum, { end }) => sum + end, 0);
  }
}

/** @throws Error after a minute */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not after ${PATIENCE_MS / 1000} s: ${what}`);
    await sleep(200);
  }
}
