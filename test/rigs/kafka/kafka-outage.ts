import { setTimeout as sleep } from "node:timers/promises";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { awaitDelivery, type Delivery } from "../pipeline/delivery";
import { LogWriter } from "../pipeline/log-writer";
import type { PipelineRig } from "../pipeline/rig";
import { falcoLine } from "../pipeline/sensor-logs";
import type { KafkaBrokers } from "./brokers";
import { GROUP, kafkaPipeline, PARTITIONS, prepareKafka, TOPIC } from "./kafka-rig";

export interface KafkaOutageOptions {
  /** How long each part is away. */
  seconds: number;
  linesPerSecond: number;
  /** Told what happens. */
  say: (event: string) => void;
}

export interface KafkaOutageResult {
  delivery: Delivery;
  /** Documents that came to Elasticsearch again, and that it knew by their _id. */
  repeated: number;
  /** Records that the indexer had not read at the worst. */
  greatestLag: number;
  /** At the end. */
  lag: number;
  /** Records that the exporter gave up; none may be. */
  givenUp: number;
  /** Broker that led each partition, before and after they were moved. */
  leaders: { before: number[]; after: number[] };
  /** From the last part's return to the last document. */
  drainSeconds: number;
}

/**
 * Each part killed and away in turn while lines keep coming: a broker (the leaders of its partitions move), all brokers,
 * the indexer, Elasticsearch; then every partition's leader is moved.
 * @param kafka Three brokers.
 */
export async function runKafkaOutage(
  server: ElasticsearchServer,
  kafka: KafkaBrokers,
  options: KafkaOutageOptions,
): Promise<KafkaOutageResult> {
  await prepareKafka(kafka);
  const rig = await kafkaPipeline(server, kafka, {}, { config: { queue: { nodeMegabytes: 512 } } });
  try {
    await rig.start();
    return await withLines(rig, server, kafka, options);
  } finally {
    await rig.destroy();
  }
}

async function withLines(
  rig: PipelineRig,
  server: ElasticsearchServer,
  kafka: KafkaBrokers,
  { seconds, linesPerSecond, say }: KafkaOutageOptions,
): Promise<KafkaOutageResult> {
  const indexer = rig.indexer!;
  const away = () => sleep(seconds * 1000);
  let greatestLag = 0;
  const note = async () => {
    greatestLag = Math.max(greatestLag, await kafka.lag(TOPIC, GROUP));
  };
  const writer = new LogWriter({
    file: rig.logFile("falco", "events.log"),
    line: (sequence) => falcoLine({ sequence, size: 1000 }),
    linesPerSecond,
    rotateEveryMs: 2000,
  });
  try {
    await sleep(3000);
    const before = await kafka.leaders(TOPIC);
    say("a broker is killed");
    await kafka.kill(0);
    await away();
    await note();
    await kafka.launch(0);
    say("it is back; the indexer is killed");
    await indexer.end("SIGKILL");
    await away();
    await note();
    await indexer.start();
    say("it is back; all brokers are killed");
    await Promise.all([0, 1, 2].map((id) => kafka.kill(id)));
    await away();
    await Promise.all([0, 1, 2].map((id) => kafka.launch(id)));
    say("they are back; Elasticsearch is killed");
    await server.kill();
    await away();
    await note();
    await server.launch();
    say("it is back; every partition's leader is moved");
    for (let partition = 0; partition < PARTITIONS; partition += 1)
      await kafka.moveLeader(TOPIC, partition, [(partition + 1) % 3, (partition + 2) % 3, partition % 3]);
    const after = await kafka.leaders(TOPIC);
    const returned = Date.now();
    const written = await writer.stop();
    const delivery = await awaitDelivery(server, written);
    const drainSeconds = (Date.now() - returned) / 1000;
    // Offsets are committed once a second.
    await sleep(3000);
    return {
      delivery,
      greatestLag,
      drainSeconds,
      leaders: { before, after },
      lag: await kafka.lag(TOPIC, GROUP),
      repeated: await indexer.metric("otelcol_elasticsearch_docs_processed", {
        error_type: "version_conflict_engine_exception",
      }),
      givenUp: await rig.gateway.metric("otelcol_exporter_send_failed_log_records", { exporter: "kafka" }),
    };
  } finally {
    await writer.stop();
  }
}
