import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import pc from "picocolors";
import { endOnSignals } from "../../test/rigs/pipeline/end-on-signals";
import { LogWriter } from "../../test/rigs/pipeline/log-writer";
import { installTemplates, PipelineRig } from "../../test/rigs/pipeline/rig";
import { falcoLine, type LineOptions, osqueryLine, tetragonLine } from "../../test/rigs/pipeline/sensor-logs";
import { INDICES } from "../dev/elasticsearch/indices";
import { ElasticsearchServer } from "../dev/elasticsearch/server";
import { newTable } from "../dev/table";
import { ensureTools } from "../dev/toolchain/ensure";
import { demonstrateScenarios } from "./scenarios/demo-part";

interface Sensor {
  tool: string;
  file: string;
  index: string;
  line: (options: LineOptions) => string;
}

const PRIORITIES = ["Emergency", "Critical", "Error", "Notice", "Debug"];

const SENSORS: readonly Sensor[] = [
  {
    tool: "falco",
    file: "events.log",
    index: INDICES.events,
    line: (options) => falcoLine({ ...options, priority: PRIORITIES[options.sequence % PRIORITIES.length] }),
  },
  { tool: "tetragon", file: "tetragon.log", index: INDICES.events, line: tetragonLine },
  { tool: "osquery", file: "osqueryd.results.log", index: INDICES.inventory, line: osqueryLine },
];

const LINES_PER_SECOND = 50;
const PATIENCE_MS = 30_000;

interface Options {
  seconds: number;
  report: string;
  withoutScenarios: boolean;
}

/** Of one sensor, at the end. */
interface Result {
  tool: string;
  written: number;
  found: number;
  bySeverity: Record<string, number>;
  sample: unknown;
}

/** `npm run demo`: exit code 1 where a line is not found as a document. */
export async function main(args: readonly string[]): Promise<number> {
  const command = new Command("npm run demo --")
    .description(
      "Appends sample lines of three sensors to files, as the sensors do; the real collectors of the stack, with its own configuration, bring them into a real Elasticsearch. Then replays attacks the same way, makes the CTEM report of them, and shows that withheld and mislabelled events are missed. Leaves nothing behind but the report.",
    )
    .option("-s, --seconds <number>", "how long lines are written", Number, 5)
    .option("--report <folder>", "where the report is written", "reports/demo")
    .option("--without-scenarios", "only the lines of the sensors", false)
    .parse(args, { from: "user" });
  const options = command.opts<Options>();
  const { seconds } = options;
  if (!(seconds > 0)) throw new Error("--seconds must be a number above 0.");
  endOnSignals();
  await ensureTools(["otelcol-contrib", "elasticsearch"]);
  say("Elasticsearch starts, with the stack's index templates");
  const server = await ElasticsearchServer.start({ quickStart: true });
  try {
    await installTemplates(server);
    return await demonstrate(server, options);
  } finally {
    await server.stop();
  }
}

async function demonstrate(server: ElasticsearchServer, options: Options): Promise<number> {
  const began = performance.now();
  const took = () => `${((performance.now() - began) / 1000).toFixed(0)} s`;
  say("node collector and gateway start, with mutual TLS between them");
  const rig = await PipelineRig.create(server);
  try {
    await rig.start();
    const complete = report(await throughPipeline(server, rig, options.seconds));
    say(`the lines of the sensors took ${took()}`);
    if (options.withoutScenarios) return complete ? 0 : 1;
    const proven = await demonstrateScenarios(server, rig, options.report, say);
    console.log(
      proven ? pc.green("every attack is found, and every tampering") : pc.red("NOT as it should be"),
    );
    say(`all of it took ${took()}, after the start of Elasticsearch`);
    return complete && proven ? 0 : 1;
  } finally {
    await rig.destroy();
  }
}

async function throughPipeline(
  server: ElasticsearchServer,
  rig: PipelineRig,
  seconds: number,
): Promise<Result[]> {
  say(`${SENSORS.length} sensors write ${LINES_PER_SECOND} lines a second each, for ${seconds} s`);
  const written = await writeLines(rig, seconds);
  say("waiting for the documents");
  await waitFor(
    server,
    written.reduce((sum, lines) => sum + lines, 0),
  );
  return Promise.all(SENSORS.map((sensor, i) => resultOf(server, sensor, written[i]!)));
}

async function writeLines(rig: PipelineRig, seconds: number): Promise<number[]> {
  const writers = SENSORS.map(
    ({ tool, file, line }) =>
      new LogWriter({
        file: rig.logFile(tool, file),
        line: (sequence) => line({ sequence }),
        linesPerSecond: LINES_PER_SECOND,
      }),
  );
  await sleep(seconds * 1000);
  return Promise.all(writers.map((writer) => writer.stop()));
}

/** Until all are found, or nothing is going to come any more. */
async function waitFor(server: ElasticsearchServer, documents: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    if ((await server.client.count("security-*")) >= documents) return;
    await sleep(100);
  }
}

async function resultOf(server: ElasticsearchServer, sensor: Sensor, written: number): Promise<Result> {
  const ofTool = { term: { "labels.security_tool": sensor.tool } };
  const body = await server.client.must("POST", `/${sensor.index}/_search`, {
    query: ofTool,
    size: 1,
    track_total_hits: true,
    sort: [{ "event.severity": "desc" }],
    aggs: { severity: { terms: { field: "event.severity" } } },
  });
  const { total, hits } = body["hits"] as { total: { value: number }; hits: { _source: unknown }[] };
  const { severity } = body["aggregations"] as {
    severity: { buckets: { key: number; doc_count: number }[] };
  };
  return {
    tool: sensor.tool,
    written,
    found: total.value,
    bySeverity: Object.fromEntries(severity.buckets.map(({ key, doc_count }) => [key, doc_count])),
    sample: hits[0]?._source,
  };
}

/** Prints what was found; false where a line is missing or there twice. */
function report(results: readonly Result[]): boolean {
  for (const { tool, sample } of results.slice(0, 1))
    console.log(`\nA document of ${tool}:\n${JSON.stringify(sample, null, 2)}\n`);
  const table = newTable([
    "sensor",
    "lines in",
    "documents",
    ...[5, 4, 3, 2, 1].map((level) => `severity ${level}`),
  ]);
  for (const { tool, written, found, bySeverity } of results)
    table.push([tool, written, found, ...[5, 4, 3, 2, 1].map((level) => bySeverity[level] ?? 0)]);
  console.log(table.toString());
  const complete = results.every(({ written, found }) => written > 0 && found === written);
  console.log(
    complete ? pc.green("every line is a document") : pc.red("NOT every line is a document, exactly once"),
  );
  return complete;
}

function say(what: string): void {
  process.stderr.write(`${pc.dim("demo")} ${what}\n`);
}
