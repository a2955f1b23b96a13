import { CORRELATION } from "../model/names";
import type { ExpectedChain, Scenario, Stage } from "../model/scenario-schema";
import { type Attacked, waitForChain } from "./chains";
import type { Indices } from "./expectation";
import { type Verdict, waitFor } from "./poll";
import { refusalVerdict, unlessLetThrough } from "./refusal";
import type { StepResult } from "./step-result";
import type { Store } from "./store";

/** What carries the steps out: pods of a cluster, or a replay. */
export interface Attacker {
  carryOut(scenario: Scenario, signal?: AbortSignal): Promise<StepResult[]>;
  /** What it proves when a scenario's documents are found. */
  evidenceOf(scenario: Scenario): Evidence;
  /** When the events of a scenario happen of which correlation makes chains; by default while its steps are carried out. */
  attacked?(scenario: Scenario): Attacked;
  /** True once no more documents can come, where that is known. */
  isComplete?(): boolean;
}

/**
 * `live`: the attack was really made; `recorded`: a real sensor wrote these lines during a real attack; `simulated`:
 * the lines were put together.
 */
export type Evidence = "live" | "recorded" | "simulated";

export interface ScenarioResult {
  id: string;
  title: string;
  stage: Stage;
  techniques: string[];
  simulates: string[];
  proves: string;
  /**
   * `error`: the attack could not be made, which says nothing about the detection. `not run`: none of its expectations
   * can be met by this stack, so that the attack was not made either.
   */
  status: "passed" | "failed" | "error" | "not run";
  evidence: Evidence;
  startedAt: string;
  endedAt: string;
  steps: StepResult[];
  expectations: Verdict[];
  error?: string;
}

export interface RunOptions {
  indices: Indices;
  clusterName?: string;
  intervalMs?: number;
  /** Documents from here on count; default: from the start of each scenario. */
  since?: Date;
  /** Documents up to here count; default: no limit. */
  until?: Date;
  signal?: AbortSignal;
  onProgress?: (line: string) => void;
}

/**
 * Attacks one after the other, then waits for all expectations together: sensors work while later attacks run.
 * An attack that can't be made is an error of its scenario and keeps no other from running.
 */
export async function runScenarios(
  scenarios: readonly Scenario[],
  attacker: Attacker,
  store: Store,
  options: RunOptions,
): Promise<ScenarioResult[]> {
  const results: Promise<ScenarioResult>[] = [];
  for (const scenario of scenarios) {
    options.signal?.throwIfAborted();
    const startedAt = new Date();
    options.onProgress?.(`${scenario.id}: ${scenario.title}`);
    const attack = canBeSeen(scenario) ? await carryOut(scenario, attacker, options.signal) : { steps: [] };
    const judged = judge(scenario, startedAt, attack, attacker, store, options);
    // Awaited below; a rejection before that must not end the process.
    judged.catch(() => {});
    results.push(judged);
  }
  return Promise.all(results);
}

/** By which a sensor's clock may be ahead when the next attack begins. */
const CLOCK_SLACK_MS = 2_000;

/** Whether anything can come of the attack: where something has to be refused, that. */
export function canBeSeen({ expectations, refusals }: Scenario): boolean {
  return (refusals.length > 0 ? refusals : expectations).some(({ notRun }) => notRun === undefined);
}

/** Without the attack there is nothing to make a chain of. */
function chainsOf(scenario: Scenario): ExpectedChain[] {
  if (canBeSeen(scenario)) return scenario.chains;
  return scenario.chains.map((chain) => ({ notRun: "the attack was not made", ...chain }));
}

/** Whether the sensors saw it; that nothing was made of it beyond is no matter. */
export function isDetected({
  status,
  expectations,
}: Pick<ScenarioResult, "status" | "expectations">): boolean {
  const bySensors = expectations.filter(({ tool }) => tool !== CORRELATION);
  return status !== "error" && statusOf(bySensors) === "passed";
}

interface Attack {
  steps: StepResult[];
  error?: string;
}

async function carryOut(scenario: Scenario, attacker: Attacker, signal?: AbortSignal): Promise<Attack> {
  try {
    const steps = await attacker.carryOut(scenario, signal);
    const failed = steps.find((step) => !step.ok);
    return failed ? { steps, error: `${failed.what}: ${failed.detail}` } : { steps };
  } catch (error) {
    signal?.throwIfAborted();
    return { steps: [], error: (error as Error).message };
  }
}

async function judge(
  scenario: Scenario,
  startedAt: Date,
  { steps, error }: Attack,
  attacker: Attacker,
  store: Store,
  options: RunOptions,
): Promise<ScenarioResult> {
  const from = new Date();
  const scope = {
    indices: options.indices,
    clusterName: options.clusterName,
    since: options.since ?? startedAt,
    until: options.until,
  };
  const poll = {
    from,
    intervalMs: options.intervalMs ?? 1000,
    signal: options.signal,
    isComplete: attacker.isComplete?.bind(attacker),
  };
  const attacked = attacker.attacked?.(scenario) ?? {
    since: scope.since,
    until: options.until ?? new Date(from.getTime() + CLOCK_SLACK_MS),
  };
  const refused = error ? [] : scenario.refusals.map((one) => refusalVerdict(one, steps));
  const waiting = error
    ? []
    : [
        ...unlessLetThrough(scenario.expectations, refused).map((one) => waitFor(one, store, scope, poll)),
        ...chainsOf(scenario).map((one) => waitForChain(one, attacked, store, scope, poll)),
      ];
  const expectations = [...refused, ...(await Promise.all(waiting))];
  const { id, title, stage, techniques, simulates, proves } = scenario;
  const status = error ? "error" : statusOf(expectations);
  options.onProgress?.(`${id}: ${status}`);
  return {
    ...{ id, title, stage, techniques, simulates, proves, status, steps, expectations, error },
    evidence: attacker.evidenceOf(scenario),
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
  };
}

/** What can't be met is no failure; a scenario of which nothing can be met has not passed either. */
function statusOf(expectations: readonly Verdict[]): "passed" | "failed" | "not run" {
  const has = (wanted: Verdict["status"]) => expectations.some(({ status }) => status === wanted);
  if (has("failed")) return "failed";
  return has("passed") ? "passed" : "not run";
}
