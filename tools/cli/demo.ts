import { Command } from "commander";
import pc from "picocolors";
import { FEATURES } from "../../components/registry";
import { endOnSignals } from "../../test/rigs/pipeline/end-on-signals";
import { installTemplates, PipelineRig } from "../../test/rigs/pipeline/rig";
import { withPodLogs } from "../../test/rigs/pod-logs";
import { ElasticsearchServer } from "../dev/elasticsearch/server";
import { sayAs } from "../dev/say";
import { ensureTools } from "../dev/toolchain/ensure";
import { demonstrateSensors, isComplete, type SensorResult, sensorsOf, sensorTable } from "./demo-sensors";
import { demonstrateScenarios } from "./scenarios/demo-part";

const say = sayAs("demo");

interface Options {
  report: string;
  withoutScenarios: boolean;
}

/** `npm run demo`: exit code 1 where a line is not found as a document. */
export async function main(args: readonly string[]): Promise<number> {
  const command = new Command("npm run demo --")
    .description(
      "Appends sample lines of every sensor to files, as the sensors do; the real collectors of the stack, with its own configuration, bring them into a real Elasticsearch. Then replays attacks the same way, makes the CTEM report of them, and shows that withheld and mislabelled events are missed. Leaves nothing behind but the report.",
    )
    .option("--report <folder>", "where the report is written", "reports/demo")
    .option("--without-scenarios", "only the lines of the sensors", false)
    .parse(args, { from: "user" });
  const options = command.opts<Options>();
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
  const rig = await PipelineRig.create(server, { registry: withPodLogs(FEATURES) });
  try {
    await rig.start();
    say(`${sensorsOf(FEATURES).length} sensors write their sample lines`);
    const complete = report(await demonstrateSensors(server, rig, FEATURES));
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

/** Prints what was found; false where a line is missing or there twice. */
function report(results: readonly SensorResult[]): boolean {
  for (const { tool, sample } of results.slice(0, 1))
    console.log(`\nA document of ${tool}:\n${JSON.stringify(sample, null, 2)}\n`);
  console.log(sensorTable(results));
  const complete = isComplete(results);
  console.log(
    complete ? pc.green("every line is a document") : pc.red("NOT every line is a document, exactly once"),
  );
  return complete;
}
