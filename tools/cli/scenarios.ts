import { setMaxListeners } from "node:events";
import * as path from "node:path";
import { SCENARIOS } from "../../scenarios/all-scenarios";
import type { ScenarioResult } from "../../scenarios/check/run";
import type { Store } from "../../scenarios/check/store";
import { evaluateChecklist } from "../../scenarios/checklist/evaluate";
import { ClusterApi } from "../../scenarios/cluster/api";
import { workloadNamespaces } from "../../scenarios/cluster/environment";
import { runOnCluster } from "../../scenarios/cluster/runner";
import { RunRefused } from "../../scenarios/cluster/runner-errors";
import { EXIT } from "../../scenarios/model/exit-codes";
import { DEFAULT_INDICES } from "../../scenarios/model/names";
import type { Scenario } from "../../scenarios/model/scenario-schema";
import { makeReport, type Report } from "../../scenarios/report/report";
import { reportInLog, writeReport } from "../../scenarios/report/write";
import { LocalPipeline, prove } from "../../test/rigs/scenarios/local";
import { type Options, parseOptions } from "./scenarios/cli-options";
import { checklistTable, proofTable, resultTable } from "./scenarios/tables";
import { chooseContext, openStore } from "./scenarios/target";
import { newTable } from "./table";

/** `npm run scenarios -- ...`: attacks, looks in the store, reports. */
export async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  const stop = new AbortController();
  // Each expectation waits for it.
  setMaxListeners(0, stop.signal);
  const onSignal = () => interrupt(stop);
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, onSignal);
  try {
    const scenarios = select(options.only);
    if (options.list) return list(scenarios);
    if (options.fromLog) return show(reportInLog(options.fromLog), options);
    return await (options.replay ? runReplay : runCluster)(scenarios, options, stop.signal);
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
    const code = await conclude(results, pipeline.store, options, "replay");
    if (!options.prove) return code;
    const proofs = await prove(pipeline, scenarios, say, signal);
    console.log(proofTable(proofs));
    return proofs.every(({ holds }) => holds) ? code : EXIT.failed;
  } finally {
    await pipeline.stop();
  }
}

async function runCluster(
  scenarios: readonly Scenario[],
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const config = await chooseContext(options);
  const store = openStore(options);
  try {
    const results = await runOnCluster(scenarios, {
      ...{ config, store, signal, say, indices: DEFAULT_INDICES },
      clusterName: options.clusterName,
      registry: options.registry,
      ignoreSensors: options.ignoreSensors,
      lock: { namespace: options.lockNamespace, seconds: options.lockSeconds },
    });
    const namespaces = await workloadNamespaces(new ClusterApi(config));
    return await conclude(results, store, options, `context ${options.context}`, namespaces);
  } finally {
    store.close();
  }
}

/** Checklist, reports and the exit code. */
async function conclude(
  results: readonly ScenarioResult[],
  store: Store,
  options: Options,
  where: string,
  workloadNamespaces?: readonly string[],
): Promise<number> {
  const facts = {
    store,
    results,
    indices: DEFAULT_INDICES,
    clusterName: options.clusterName,
    workloadNamespaces,
  };
  return show(makeReport(where, results, await evaluateChecklist({ ...facts, now: new Date() })), options);
}

/** Writes the reports, prints the tables, and says the exit code. */
function show(report: Report, options: Options): number {
  const changes = writeReport(options.report, report, SCENARIOS);
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
  return EXIT.passed;
}

function select(only: readonly string[] | undefined): readonly Scenario[] {
  const unknown = only?.find((id) => !SCENARIOS.some((scenario) => scenario.id === id));
  if (unknown)
    throw new RunRefused(
      `There is no scenario "${unknown}".`,
      `Use: ${SCENARIOS.map(({ id }) => id).join(", ")}.`,
    );
  return only ? SCENARIOS.filter(({ id }) => only.includes(id)) : SCENARIOS;
}

function interrupt(stop: AbortController): void {
  if (stop.signal.aborted) {
    process.stderr.write("Stopped at once: the next run removes what is left.\n");
    process.exit(EXIT.stopped);
  }
  process.stderr.write("Stopping: cleaning up first. Once more to stop at once.\n");
  stop.abort(new Error("stopped"));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
