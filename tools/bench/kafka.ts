import pc from "picocolors";
import { gatewayKey } from "../../components/documents/api-keys";
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
import { fillTopics, LINES, PARTITIONS, TOPICS } from "./kafka-topics";
import { BARE_INDEX, bareIndexer } from "./pipeline-bare";
import { measureLatency } from "./pipeline-latency";
import { FALCO_LINES } from "./pipeline-loads";
import { writeLines } from "./pipeline-throughput";

/** Of two indexers each, which are slow on purpose. */
const SCALE_PAIRS = 3;
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
    await fillTopics(kafka, server);
    return report("Kafka, Falco lines of 1 KB", [
      ...(await bench.latency()),
      ratio("file -> Elasticsearch, with Kafka / without", await bench.wholeWay()),
      ratio("indexer config / bare kafka -> elasticsearch", await bench.madeBefore(), LEAST_RATIO),
      ratio("indexer config / the same of lines parsed before", await bench.parsedBefore()),
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

  /** A bare one of objects with half of the bytes and fields: Elasticsearch itself takes less for them. */
  async parsedBefore(): Promise<Ratio> {
    const bareKey = await this.server.client.createApiKey(
      "bare",
      gatewayKey({ ...INDICES, events: BARE_INDEX }),
    );
    return this.inTurn(
      "parsed before",
      () => this.indexSpeed(1, this.server),
      () => this.indexSpeed(1, this.server, { topic: TOPICS.parsed, key: bareKey }),
    );
  }

  /** A bare one of the very documents that ours makes: Elasticsearch does the same for both. */
  madeBefore(): Promise<Ratio> {
    return this.inTurn(
      "made before",
      () => this.indexSpeed(1, this.server),
      () => this.indexSpeed(1, this.server, { topic: TOPICS.documents }),
    );
  }

  /** @param bare Of a bare one: what it reads, and its key where it writes into an index of its own. */
  private async indexSpeed(
    count: number,
    store: RigStore,
    bare?: { topic: string; key?: string },
    shares: readonly CpuShare[] = [],
  ): Promise<Speed> {
    const group = this.newName();
    const rigs: PipelineRig[] = [];
    try {
      for (let i = 0; i < count; i += 1) {
        const rig = await kafkaPipeline(store, this.kafka, { topic: TOPICS.raw, consumerGroup: group });
        rigs.push(rig);
        if (bare === undefined) continue;
        const { topic, key } = bare;
        const index = key === undefined ? undefined : BARE_INDEX;
        rig.indexer!.writeConfig(bareIndexer(rig.indexer!.config, { topic, group, index }));
        if (key !== undefined) rig.replaceElasticsearchKey(key, "indexer");
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

function stored(collector: { metric: PipelineRig["gateway"]["metric"] }): () => Promise<number> {
  return () => collector.metric("otelcol_elasticsearch_docs_processed", { outcome: "success" });
}
