import { Argument, Command } from "commander";
import { KafkaBrokers } from "../../test/rigs/kafka/brokers";
import { type KafkaOutageResult, runKafkaOutage } from "../../test/rigs/kafka/kafka-outage";
import { endOnSignals } from "../../test/rigs/pipeline/end-on-signals";
import { type OutageResult, runOutage } from "../../test/rigs/pipeline/outage";
import { installTemplates } from "../../test/rigs/pipeline/rig";
import { runNotificationOutage } from "../../test/rigs/response/notification-outage";
import { ElasticsearchServer } from "../dev/elasticsearch/server";
import { ensureTools } from "../dev/toolchain/ensure";
import { reportKafka, reportNotifications, reportOutage } from "./soak-report";

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
        "kafka: with three brokers in between, of which and around which each part is killed, and without them afterwards; notify: each part between Elasticsearch and six receivers is killed while documents raise alerts",
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
  endOnSignals();
  if (command.args[0] === "notify") return soakNotifications(minutes);
  if (!(minutes * 60 > MINIMUM_SECONDS && rate > 0))
    throw new Error(`--minutes must be more than ${MINIMUM_SECONDS / 60}, --rate more than 0.`);
  const options = { seconds: minutes * 60, linesPerSecond: rate, say: sayWithSeconds() };
  if (command.args[0] === "kafka") return reportKafka(await soakKafka(options), await soak(options));
  return reportOutage(await soak(options));
}

/** One after the other with Kafka's, so that neither takes the other's CPU time. */
async function soak(options: SoakOptions): Promise<OutageResult> {
  await ensureTools(["otelcol-contrib", "elasticsearch"]);
  options.say("Elasticsearch and the collectors start");
  return withServer((server) => runOutage(server, options));
}

async function soakKafka(options: SoakOptions): Promise<KafkaOutageResult> {
  await ensureTools(["kafka", "otelcol-contrib", "elasticsearch"]);
  options.say("three brokers, Elasticsearch and the collectors start");
  const kafka = await KafkaBrokers.start(3);
  try {
    return await withServer((server) => runKafkaOutage(server, kafka, options));
  } finally {
    await kafka.stop();
  }
}

interface SoakOptions {
  /** How long a part is away. */
  seconds: number;
  linesPerSecond: number;
  say: (event: string) => void;
}

/** An Elasticsearch with the stack's templates, ended with the work. */
async function withServer<Result>(work: (server: ElasticsearchServer) => Promise<Result>): Promise<Result> {
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

/** Of an outage, and the rules that they are of. */
const ALERTS = { documents: 500, groups: 40 };
/** Alertmanager tries again less and less often, up to once in a few minutes. */
const PATIENCE_SECONDS = 600;
const MOST_EXTRA = 2;

async function soakNotifications(minutes: number): Promise<number> {
  if (!(minutes > 0)) throw new Error("--minutes must be more than 0.");
  await ensureTools(["alertmanager", "elasticsearch"]);
  const say = sayWithSeconds();
  say("Elasticsearch, the notifier, Alertmanager and six receivers start");
  const options = { ...ALERTS, seconds: minutes * 60, patienceSeconds: PATIENCE_SECONDS, say };
  return withServer(async (server) =>
    reportNotifications(await runNotificationOutage(server, options), MOST_EXTRA),
  );
}
