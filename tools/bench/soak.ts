import { Argument, Command } from "commander";
import pc from "picocolors";
import { KafkaBrokers } from "../../test/rigs/kafka/brokers";
import { type KafkaOutageResult, runKafkaOutage } from "../../test/rigs/kafka/kafka-outage";
import { endOnSignals } from "../../test/rigs/pipeline/end-on-signals";
import { type OutageResult, runOutage } from "../../test/rigs/pipeline/outage";
import { installTemplates } from "../../test/rigs/pipeline/rig";
import { type OutagePart, runNotificationOutage } from "../../test/rigs/response/notification-outage";
import { ElasticsearchServer } from "../dev/elasticsearch/server";
import { newTable } from "../dev/table";
import { ensureTools } from "../dev/toolchain/ensure";

/** The exporter's default for all retries of a batch: a shorter outage would prove nothing. */
const MINIMUM_SECONDS = 90;

/** `npm run soak`: a long outage of Elasticsearch with everything else going wrong too. Exit code 1 on a lost line. */
export async function main(args: readonly string[]): Promise<number> {
  const command = new Command("npm run soak --")
    .description(
      "Kills Elasticsearch for minutes while lines keep coming; the collectors are killed and ended, their queues fill up, and the sensor's file is rotated every 2 s meanwhile. Then counts the documents one by one.",
    )
    .addArgument(
      new Argument(
        "[what]",
        "kafka: with three brokers in between, of which and around which each part is killed; notify: each part between Elasticsearch and six receivers is killed while documents raise alerts",
      ).choices(["kafka", "notify"]),
    )
    .option(
      "-m, --minutes <number>",
      "how long Elasticsearch is down; with kafka and notify each part in turn",
      Number,
      5,
    )
    .option("-r, --rate <number>", "lines per second", Number, 500)
    .parse(args, { from: "user" });
  const { minutes, rate } = command.opts<{ minutes: number; rate: number }>();
  if (command.args[0] === "kafka") return soakKafka(minutes, rate);
  if (command.args[0] === "notify") return soakNotifications(minutes);
  if (!(minutes * 60 > MINIMUM_SECONDS && rate > 0))
    throw new Error(`--minutes must be more than ${MINIMUM_SECONDS / 60}, --rate more than 0.`);
  endOnSignals();
  await ensureTools(["otelcol-contrib", "elasticsearch"]);
  const say = sayWithSeconds();
  say("Elasticsearch and the collectors start");
  return withServer(async (server) =>
    report(await runOutage(server, { seconds: minutes * 60, linesPerSecond: rate, say })),
  );
}

/** An Elasticsearch with the stack's templates, ended with the work. */
async function withServer(work: (server: ElasticsearchServer) => Promise<number>): Promise<number> {
  const server = await ElasticsearchServer.start();
  try {
    await installTemplates(server);
    return await work(server);
  } finally {
    await server.stop();
  }
}

function sayWithSeconds(): (event: string) => void {
  const began = Date.now();
  return (event) =>
    process.stderr.write(`${String(Math.round((Date.now() - began) / 1000)).padStart(5)} s  ${event}\n`);
}

async function soakKafka(minutes: number, rate: number): Promise<number> {
  if (!(minutes > 0 && rate > 0)) throw new Error("--minutes and --rate must be more than 0.");
  endOnSignals();
  await ensureTools(["kafka", "otelcol-contrib", "elasticsearch"]);
  const say = sayWithSeconds();
  say("three brokers, Elasticsearch and the collectors start");
  const [kafka, server] = await Promise.all([KafkaBrokers.start(3), ElasticsearchServer.start()]);
  try {
    await installTemplates(server);
    return reportKafka(
      await runKafkaOutage(server, kafka, { seconds: minutes * 60, linesPerSecond: rate, say }),
    );
  } finally {
    await Promise.all([kafka.stop(), server.stop()]);
  }
}

/** Of an outage, and the rules that they are of. */
const ALERTS = { documents: 500, groups: 40 };
/** Alertmanager tries again less and less often, up to once in a few minutes. */
const PATIENCE_SECONDS = 600;
const MOST_EXTRA = 2;

async function soakNotifications(minutes: number): Promise<number> {
  if (!(minutes > 0)) throw new Error("--minutes must be more than 0.");
  endOnSignals();
  await ensureTools(["alertmanager", "elasticsearch"]);
  const say = sayWithSeconds();
  say("Elasticsearch, the notifier, Alertmanager and six receivers start");
  const options = { ...ALERTS, seconds: minutes * 60, patienceSeconds: PATIENCE_SECONDS, say };
  return withServer(async (server) => reportNotifications(await runNotificationOutage(server, options)));
}

function reportNotifications(parts: readonly OutagePart[]): number {
  const table = newTable(["killed and away", "groups at every receiver", "messages too many", "seconds"]);
  for (const { part, groups, arrived, extra, seconds } of parts)
    table.push([part, `${arrived} of ${groups}`, `${extra} of at most ${MOST_EXTRA}`, seconds.toFixed(1)]);
  console.log(table.toString());
  const held = parts.every(({ groups, arrived, extra }) => arrived === groups && extra <= MOST_EXTRA);
  console.log(held ? pc.green("every group arrived") : pc.red("NOT every group arrived"));
  return held ? 0 : 1;
}

function reportKafka(result: KafkaOutageResult): number {
  const { sink } = result;
  const { written, found, missing, doubled } = result.delivery;
  const table = newTable(["after the outages", "count", "must be"]);
  table.push(
    ["lines written", written, ""],
    ["documents found", found, written],
    ["lines without a document (the first 20)", missing.length, 0],
    ["documents beyond a line's first", doubled, 0],
    ["lines that the gateway gave up", result.givenUp, 0],
    ["documents sent again, known by their _id", result.repeated, "any"],
    ["records unread at the worst", result.greatestLag, "> 0"],
    ["records unread at the end", result.lag, 0],
    ["leaders of the partitions before", result.leaders.before.join(" "), ""],
    ["and after they were moved", result.leaders.after.join(" "), "others"],
    ["seconds until all were found", result.drainSeconds.toFixed(1), ""],
    ["documents at a sink whose receiver was away for two of the parts", sink.received, written],
    ["records unread by it after the first of them", sink.unread.sink, "> 0"],
    ["and by the indexer beside it", sink.unread.indexer, "at most so many"],
    ["records unread by it at the end", sink.lag, 0],
  );
  console.log(table.toString());
  const moved = result.leaders.before.join() !== result.leaders.after.join();
  const held =
    [missing.length, doubled, result.givenUp, result.lag, sink.lag].every((count) => count === 0) &&
    found === written &&
    sink.received === written &&
    sink.unread.sink > 0 &&
    sink.unread.sink >= sink.unread.indexer &&
    result.greatestLag > 0 &&
    moved;
  return verdict(held, missing);
}

function verdict(held: boolean, missing: readonly number[]): number {
  console.log(
    held ? pc.green("every line was found exactly once") : pc.red("NOT every line was found exactly once"),
  );
  if (missing.length > 0) console.log(`first lines without a document: ${missing.join(", ")}`);
  return held ? 0 : 1;
}

function report(result: OutageResult): number {
  const { written, found, missing, doubled } = result.delivery;
  const table = newTable(["after the outage", "count", "must be"]);
  table.push(
    ["lines written", written, ""],
    ["documents found", found, written],
    ["lines without a document (the first 20)", missing.length, 0],
    ["documents beyond a line's first", doubled, 0],
    ["documents sent again, known by their _id", result.repeated, "any"],
    ["renames of the file", result.rotations, "any"],
    ["refused by the gateway's full queue, sent again", result.refusedByGateway, "> 0"],
    ["refused by the node's full queue, sent again", result.refusedByNode, "> 0"],
    ["the gateway's disk was full", result.diskWasFull ? "yes" : "no", "no"],
    ["seconds until all were found", result.drainSeconds.toFixed(1), ""],
  );
  console.log(table.toString());
  const held =
    found === written &&
    missing.length === 0 &&
    doubled === 0 &&
    !result.diskWasFull &&
    result.refusedByGateway > 0 &&
    result.refusedByNode > 0;
  return verdict(held, missing);
}
