import { setTimeout as sleep } from "node:timers/promises";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { awaitDelivery, type Delivery } from "../pipeline/delivery";
import { LogWriter } from "../pipeline/log-writer";
import type { PipelineRig } from "../pipeline/rig";
import { falcoLine } from "../pipeline/sensor-logs";
import { AwaySink } from "./away-sink";
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
  /** Of another sink, whose receiver is away while the first two parts are. */
  sink: {
    /** Records that it and that the indexer had not read at the end of the first part's absence. */
    unread: { sink: number; indexer: number };
    /** Documents that its receiver has at the end, and records that it has not read. */
    received: number;
    lag: number;
  };
  /** From the last part's return to the last document. */
  drainSeconds: number;
}

/**
 * Each part killed and away in turn while lines keep coming: a broker (the leaders of its partitions move), the indexer, all
 * brokers, Elasticsearch; then every partition's leader is moved. Meanwhile another sink's receiver is away as long as the first
 * two of them together.
 * @param kafka Three brokers.
 */
export async function runKafkaOutage(
  server: ElasticsearchServer,
  kafka: KafkaBrokers,
  options: KafkaOutageOptions,
): Promise<KafkaOutageResult> {
  await prepareKafka(kafka);
  const rig = await kafkaPipeline(server, kafka, {}, { config: { queue: { nodeMegabytes: 512 } } });
  let sink: AwaySink | undefined;
  try {
    await rig.start();
    sink = await AwaySink.start(kafka);
    return await withLines({ rig, server, kafka, sink }, options);
  } finally {
    await sink?.destroy();
    await rig.destroy();
  }
}

interface Parts {
  rig: PipelineRig;
  server: ElasticsearchServer;
  kafka: KafkaBrokers;
  sink: AwaySink;
}

async function withLines(
  { rig, server, kafka, sink }: Parts,
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
    say("a broker is killed; the receiver of a sink is away");
    await kafka.kill(0);
    await away();
    await note();
    const unread = { sink: await sink.lag(), indexer: await kafka.lag(TOPIC, GROUP) };
    await kafka.launch(0);
    say("it is back; the indexer is killed");
    await indexer.end("SIGKILL");
    await away();
    await note();
    await Promise.all([indexer.start(), sink.receiverComesBack()]);
    say("both are back; all brokers are killed");
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
    await untilRead(sink);
    // Offsets are committed once a second.
    await sleep(3000);
    return {
      delivery,
      greatestLag,
      drainSeconds,
      sink: { unread, received: await sink.received(), lag: await sink.lag() },
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

/** Gives up when it has read nothing for a minute. */
async function untilRead(sink: AwaySink): Promise<void> {
  let [lag, changed] = [Number.POSITIVE_INFINITY, Date.now()];
  while (lag > 0 && Date.now() - changed < 60_000) {
    const now = await sink.lag();
    if (now !== lag) changed = Date.now();
    lag = now;
    await sleep(1000);
  }
}
