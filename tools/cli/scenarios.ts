import { setMaxListeners } from "node:events";
import * as path from "node:path";
import { FEATURES } from "../../components/registry";
import { ALL_SCENARIOS, REFUSED, SCENARIOS } from "../../scenarios/all-scenarios";
import { excuses, offered, withoutWhatIsOff } from "../../scenarios/check/detections";
import type { ScenarioResult } from "../../scenarios/check/run";
import { evaluateChecklist } from "../../scenarios/checklist/evaluate";
import type { Facts } from "../../scenarios/checklist/kinds";
import { ClusterApi } from "../../scenarios/cluster/api";
import { workloadNamespaces } from "../../scenarios/cluster/environment";
import { runOnCluster } from "../../scenarios/cluster/runner";
import { RunRefused } from "../../scenarios/cluster/runner-errors";
import { EXIT } from "../../scenarios/model/exit-codes";
import { DEFAULT_INDICES } from "../../scenarios/model/names";
import { withImagesOf } from "../../scenarios/model/refused-request";
import type { Scenario } from "../../scenarios/model/scenario-schema";
import { taggedTechniques } from "../../scenarios/report/coverage";
import { makeReport, type Report } from "../../scenarios/report/report";
import { reportInLog, writeReport } from "../../scenarios/report/write";
import { sampleEvidence } from "../../scenarios/samples/samples";
import { LocalPipeline, prove } from "../../test/rigs/scenarios/local";
import { say } from "../dev/say";
import { newTable } from "../dev/table";
import { type Options, parseOptions } from "./scenarios/cli-options";
import { runIdle } from "./scenarios/idle";
import { factsOf, type StackFacts } from "./scenarios/stack";
import { checklistTable, proofTable, resultTable } from "./scenarios/tables";
import { chooseContext, openStore } from "./scenarios/target";

const COVERAGE = { scenarios: SCENARIOS, tagged: taggedTechniques(FEATURES), samples: sampleEvidence };

/** `npm run scenarios -- ...`: attacks, looks in the store, reports. */
export async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  const stop = new AbortController();
  // Each expectation waits for it.
  setMaxListeners(0, stop.signal);
  const onSignal = () => interrupt(stop);
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, onSignal);
  try {
    refuseUnknown(options);
    if (options.list) return list(selected(options, factsOf(options.stack)));
    if (options.fromLog) return show(reportInLog(options.fromLog), options);
    if (options.idle) return await runQuiet(options.idle, options, stop.signal);
    if (options.replay) return await runReplay(chosen(SCENARIOS, options), options, stop.signal);
    return await runCluster(options, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return EXIT.stopped;
    if (!(error instanceof RunRefused)) throw error;
    process.stderr.write(`scenarios: ${error.message}\n  fix: ${error.fix}\n`);
    return EXIT.refused;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, onSignal);
  }
}

async function runReplay(
  scenarios: readonly Scenario[],
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const pipeline = await LocalPipeline.start(say);
  try {
    await pipeline.writeFindings();
    const results = await pipeline.replay(scenarios, { signal, onProgress: say });
    const where = { store: pipeline.store, indices: DEFAULT_INDICES, clusterName: options.clusterName };
    const code = await conclude(results, where, options, "replay");
    if (!options.prove) return code;
    const proofs = await prove(pipeline, scenarios, say, signal);
    console.log(proofTable(proofs));
    return proofs.every(({ holds }) => holds) ? code : EXIT.failed;
  } finally {
    await pipeline.stop();
  }
}

async function runQuiet(milliseconds: number, options: Options, signal: AbortSignal): Promise<number> {
  const { indices, clusterName } = factsOf(options.stack);
  const store = openStore(options);
  try {
    return await runIdle(store, {
      index: indices.events,
      clusterName: options.clusterName ?? clusterName,
      ...{ milliseconds, signal, say },
    });
  } finally {
    store.close();
  }
}

async function runCluster(options: Options, signal: AbortSignal): Promise<number> {
  const config = await chooseContext(options);
  const stack = factsOf(options.stack);
  const { indices } = stack;
  const clusterName = options.clusterName ?? stack.clusterName;
  const store = openStore(options);
  say(
    `stack ${options.stack}: documents of the cluster ${clusterName} in ${Object.values(indices).join(", ")}`,
  );
  try {
    const results = await runOnCluster(selected(options, stack), {
      ...{ config, store, signal, say, indices, clusterName },
      registry: options.registry,
      ignoreSensors: options.ignoreSensors,
      lock: { namespace: options.lockNamespace, seconds: options.lockSeconds },
    });
    const namespaces = await workloadNamespaces(new ClusterApi(config));
    const where = { store, indices, clusterName, workloadNamespaces: namespaces };
    return await conclude(results, where, options, `context ${options.context}`);
  } finally {
    store.close();
  }
}

/** Checklist, reports and the exit code. */
async function conclude(
  results: readonly ScenarioResult[],
  where: Omit<Facts, "now" | "results">,
  options: Options,
  title: string,
): Promise<number> {
  const checklist = await evaluateChecklist({ ...where, results, now: new Date() });
  return show(makeReport(title, results, checklist), options);
}

/** Writes the reports, prints the tables, and says the exit code. */
function show(report: Report, options: Options): number {
  const changes = writeReport(options.report, report, COVERAGE);
  console.log(resultTable(report.scenarios));
  console.log(checklistTable(report));
  for (const change of changes) console.log(`changed since the last run: ${change}`);
  console.log(`Report: ${path.resolve(options.report, "report.html")}`);
  return report.allPassed ? EXIT.passed : EXIT.failed;
}

function list(scenarios: readonly Scenario[]): number {
  const table = newTable(["scenario", "title", "techniques", "pods"]);
  for (const { id, title, techniques, simulates, pods } of scenarios)
    table.push([id, title, [...techniques, ...simulates].join("\n"), pods.join("\n")]);
  console.log(table.toString());
  for (const line of excuses(scenarios)) console.log(line);
  return EXIT.passed;
}

function refuseUnknown({ only, replay }: Options): void {
  const known = replay ? SCENARIOS : ALL_SCENARIOS;
  const unknown = only?.find((id) => !known.some((scenario) => scenario.id === id));
  if (unknown === undefined) return;
  const use = `Use: ${known.map(({ id }) => id).join(", ")}.`;
  throw REFUSED.some(({ id }) => id === unknown)
    ? new RunRefused(`What ${unknown} asks, only the API server of a cluster answers: it has no replay.`, use)
    : new RunRefused(`There is no scenario "${unknown}".`, use);
}

function chosen(scenarios: readonly Scenario[], { only }: Options): readonly Scenario[] {
  return only ? scenarios.filter(({ id }) => only.includes(id)) : scenarios;
}

/** Those that were asked for, all that the stack offers where none was, with what of them it can't meet. */
function selected(options: Options, { detections, registry }: StackFacts): Scenario[] {
  const asked = options.only ? chosen(ALL_SCENARIOS, options) : offered(ALL_SCENARIOS, detections);
  return withImagesOf(withoutWhatIsOff(asked, detections), registry);
}

function interrupt(stop: AbortController): void {
  if (stop.signal.aborted) {
    process.stderr.write("Stopped at once: the next run removes what is left.\n");
    process.exit(EXIT.stopped);
  }
  process.stderr.write("Stopping: cleaning up first. Once more to stop at once.\n");
  stop.abort(new Error("stopped"));
}
