import { setTimeout as sleep } from "node:timers/promises";
import pc from "picocolors";
import { gatewayKey } from "../../components/documents/api-keys";
import type { CollectorConfig } from "../../components/pipeline/collector-config";
import { KafkaBrokers } from "../../test/rigs/kafka/brokers";
import { GATEWAY_USER, INDEXER_USER, kafkaPipeline, prepareKafka } from "../../test/rigs/kafka/kafka-rig";
import { endOnSignals } from "../../test/rigs/pipeline/end-on-signals";
import { installTemplates, PipelineRig, removeIndices } from "../../test/rigs/pipeline/rig";
import type { RigStore } from "../../test/rigs/pipeline/rig-secrets";
import { INDICES } from "../dev/elasticsearch/indices";
import { ElasticsearchServer } from "../dev/elasticsearch/server";
import { say } from "../dev/say";
import { AcknowledgingStore } from "./acknowledging-store";
import { CpuShare } from "./cpu-share";
import { type Figure, ratio, report } from "./figures";
import { arrivalSpeed, inTurn, type Ratio, type Speed } from "./in-turn";
import { BARE_INDEX, bareIndexer, parsingNode } from "./pipeline-bare";
import { measureLatency } from "./pipeline-latency";
import { FALCO_LINES } from "./pipeline-loads";
import { writeLines } from "./pipeline-throughput";

/** Of two indexers each, which are slow on purpose. */
const SCALE_PAIRS = 3;
const RAW_TOPIC = "bench-raw";
const PARSED_TOPIC = "bench-parsed";
const PARTITIONS = 12;
/** As many keys, and so partitions that have something. */
const NODES = 12;
const LINES_OF_NODE = 8000;
const LINES = NODES * LINES_OF_NODE;
const LATENCY_LINES_PER_SECOND = 100;

/** Of a bare indexer in the same run. */
const LEAST_RATIO = 0.6;
/** Two indexers against one, each held to so many CPUs. */
const LEAST_SCALE = 1.6;
const CORES = 0.4;

/** Kafka in between against none, the indexer against a bare one, two indexers against one. */
export async function benchKafka(): Promise<boolean> {
  endOnSignals();
  const [kafka, server] = await Promise.all([KafkaBrokers.start(), ElasticsearchServer.start()]);
  try {
    await prepareKafka(kafka);
    for (const { name } of [GATEWAY_USER, INDEXER_USER])
      for (const kind of ["TOPIC", "GROUP"] as const)
        await kafka.allow(`User:${name}`, kind, "*", ["READ", "WRITE", "DESCRIBE"]);
    const bench = new KafkaBench(kafka, server);
    await bench.fill();
    return report("Kafka, Falco lines of 1 KB", [
      ...(await bench.latency()),
      ratio("file -> Elasticsearch, with Kafka / without", await bench.wholeWay()),
      ratio("indexer config / bare kafka -> elasticsearch", await bench.indexer(), LEAST_RATIO),
      ...(await bench.scale()),
    ]);
  } finally {
    await Promise.all([kafka.stop(), server.stop()]);
  }
}

class KafkaBench {
  private names = 0;

  constructor(
    private readonly kafka: KafkaBrokers,
    private readonly server: ElasticsearchServer,
  ) {}

  /** Two topics with the same lines of several nodes: as the gateway sends them, and parsed for the bare indexer. */
  async fill(): Promise<void> {
    for (const topic of [RAW_TOPIC, PARSED_TOPIC]) {
      say(`filling ${topic} ...`);
      await this.kafka.createTopic(topic, PARTITIONS);
      for (let node = 0; node < NODES; node += 1) await this.fillFrom(topic, node);
    }
  }

  private async fillFrom(topic: string, node: number): Promise<void> {
    const env = { KUBE_NODE_NAME: `node-${node}` };
    const rig = await kafkaPipeline(this.server, this.kafka, { topic }, { env });
    try {
      if (topic === PARSED_TOPIC)
        rig.node.writeConfig(withHost(parsingNode(rig.node.config, FALCO_LINES.tool), node));
      writeLines(rig.logFile("falco", "events.log"), FALCO_LINES, LINES_OF_NODE, node * LINES_OF_NODE);
      await rig.gateway.start();
      await rig.node.start();
      const sent = () => rig.gateway.metric("otelcol_exporter_sent_log_records", { exporter: "kafka" });
      while ((await sent()) < LINES_OF_NODE) await sleep(50);
    } finally {
      await rig.destroy();
    }
  }

  /** From the append of a line to the first search that finds its document. */
  async latency(): Promise<Figure[]> {
    say("latency ...");
    const without = await measureLatency(this.server, LATENCY_LINES_PER_SECOND);
    const withKafka = await measureLatency(this.server, LATENCY_LINES_PER_SECOND, () =>
      kafkaPipeline(this.server, this.kafka),
    );
    return (["median", "p99"] as const).map((which) => ({
      name: `file -> searchable at ${LATENCY_LINES_PER_SECOND} lines/s, ${which}, with Kafka / without`,
      value: `${(withKafka[which] / without[which]).toFixed(2)} (${withKafka[which].toFixed(2)} s of ${without[which].toFixed(2)} s)`,
      bound: "",
      held: true,
    }));
  }

  /** All programs on this machine's CPUs: what Kafka costs beside them is in it. */
  wholeWay(): Promise<Ratio> {
    const speed = async (rig: PipelineRig) => {
      const last = rig.indexer ?? rig.gateway;
      try {
        writeLines(rig.logFile("falco", "events.log"), FALCO_LINES, LINES);
        await rig.start();
        return await arrivalSpeed(stored(last), LINES, rig.indexer ? [rig.gateway, last] : [last]);
      } finally {
        await rig.destroy();
      }
    };
    return this.inTurn(
      "whole way",
      async () => {
        const topic = this.newName();
        await this.kafka.createTopic(topic, PARTITIONS);
        return speed(await kafkaPipeline(this.server, this.kafka, { topic, consumerGroup: topic }));
      },
      async () => speed(await PipelineRig.create(this.server)),
    );
  }

  async indexer(): Promise<Ratio> {
    const bareKey = await this.server.client.createApiKey(
      "bare",
      gatewayKey({ ...INDICES, events: BARE_INDEX }),
    );
    return this.inTurn(
      "indexer",
      () => this.indexSpeed(1, this.server),
      () => this.indexSpeed(1, this.server, bareKey),
    );
  }

  /** @param bareKey Of the bare one, which writes into an index of its own. */
  private async indexSpeed(
    count: number,
    store: RigStore,
    bareKey?: string,
    shares: readonly CpuShare[] = [],
  ): Promise<Speed> {
    const group = this.newName();
    const rigs: PipelineRig[] = [];
    try {
      for (let i = 0; i < count; i += 1) {
        const rig = await kafkaPipeline(store, this.kafka, { topic: RAW_TOPIC, consumerGroup: group });
        rigs.push(rig);
        if (bareKey === undefined) continue;
        rig.indexer!.writeConfig(bareIndexer(rig.indexer!.config, PARSED_TOPIC, group));
        rig.replaceElasticsearchKey(bareKey, "indexer");
      }
      const indexers = rigs.map((rig) => rig.indexer!);
      await Promise.all(indexers.map((indexer) => indexer.start()));
      for (const [i, share] of shares.entries()) share.hold(indexers[i]!.processId!);
      const counts = indexers.map(stored);
      const all = async () => (await Promise.all(counts.map((one) => one()))).reduce((sum, n) => sum + n, 0);
      return await arrivalSpeed(all, LINES, indexers);
    } finally {
      for (const rig of rigs) await rig.destroy();
    }
  }

  async scale(): Promise<Figure[]> {
    const name = `two indexers / one, each held to ${CORES} CPU, against a store that only acknowledges`;
    const sink = await AcknowledgingStore.start();
    const shares: CpuShare[] = [];
    try {
      for (const one of ["first", "second"]) shares.push(CpuShare.create(one, CORES));
    } catch (error) {
      console.log(pc.yellow(`not measured: ${name}: ${error instanceof Error ? error.message : error}`));
      return [];
    }
    try {
      const measured = await this.inTurn(
        "scale",
        () => this.indexSpeed(2, sink, undefined, shares),
        () => this.indexSpeed(1, sink, undefined, shares.slice(0, 1)),
        SCALE_PAIRS,
      );
      return [ratio(name, measured, LEAST_SCALE)];
    } finally {
      for (const share of shares) await share.remove();
      sink.stop();
    }
  }

  private inTurn(what: string, ours: () => Promise<Speed>, bare: () => Promise<Speed>, pairs?: number) {
    const anew = (run: () => Promise<Speed>) => async () => {
      await this.empty();
      return run();
    };
    return inTurn(what, anew(ours), anew(bare), pairs);
  }

  private async empty(): Promise<void> {
    await removeIndices(this.server, [BARE_INDEX]);
    await installTemplates(this.server);
    await this.server.client.must("PUT", `/${BARE_INDEX}`, { mappings: FALCO_LINES.mappings });
  }

  /** Of a consumer group that has read nothing yet, or of a topic. */
  private newName(): string {
    this.names += 1;
    return `bench-${this.names}`;
  }
}

/** With an attribute of the node, which is the key of the record in Kafka: ours has it of its own. */
function withHost(config: CollectorConfig, node: number): CollectorConfig {
  const attributes = [{ key: "host.name", value: `node-${node}`, action: "upsert" }];
  const logs = config.service.pipelines["logs"]!;
  const pipelines = { logs: { ...logs, processors: [...(logs.processors ?? []), "resource"] } };
  return {
    ...config,
    processors: { ...config.processors, resource: { attributes } },
    service: { ...config.service, pipelines },
  };
}

function stored(collector: { metric: PipelineRig["gateway"]["metric"] }): () => Promise<number> {
  return () => collector.metric("otelcol_elasticsearch_docs_processed", { outcome: "success" });
}
