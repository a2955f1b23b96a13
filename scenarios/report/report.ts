import type { ScenarioResult } from "../check/run";
import { type ItemResult, isSuccess, type MatrixRow, matrix } from "../checklist/evaluate";

/** Everything that a run found, as it is kept: the other formats are made of it. */
export interface Report {
  version: 1;
  id: string;
  startedAt: string;
  endedAt: string;
  /** "replay" or the context. */
  where: string;
  scenarios: ScenarioResult[];
  checklist: ItemResult[];
  matrix: MatrixRow[];
  /** Four of the core five, the shell and the API by two tools. */
  success: boolean;
  /** All that could be run; never where nothing could. */
  allPassed: boolean;
}

export function makeReport(
  where: string,
  scenarios: readonly ScenarioResult[],
  checklist: readonly ItemResult[],
): Report {
  const startedAt = scenarios.map((one) => one.startedAt).sort()[0] ?? new Date().toISOString();
  const endedAt =
    scenarios
      .map((one) => one.endedAt)
      .sort()
      .at(-1) ?? startedAt;
  return {
    version: 1,
    id: startedAt.replace(/[:.]/g, "-"),
    ...{ startedAt, endedAt, where },
    scenarios: [...scenarios],
    checklist: [...checklist],
    matrix: matrix(scenarios),
    success: isSuccess(scenarios),
    allPassed:
      scenarios.some(({ status }) => status === "passed") &&
      scenarios.every(({ status }) => status === "passed" || status === "not run"),
  };
}

/** A verdict in words: "failed" with its reasons, "not run: stand-in". */
export function inWords({ status, why }: { status: string; why: readonly string[] }): string[] {
  return status === "not run" ? [`not run: ${why.join("; ")}`] : [status, ...why];
}

/** What is different from the run before: "validate-shell: passed -> failed". */
export function changesSince(before: Report, now: Report): string[] {
  const states = ({ scenarios, checklist }: Report) =>
    new Map([
      ...scenarios.map(({ id, status }) => [id, status as string] as const),
      ...checklist.map(({ id, verdict }) => [id, verdict as string] as const),
    ]);
  const old = states(before);
  return [...states(now)]
    .filter(([id, state]) => old.has(id) && old.get(id) !== state)
    .map(([id, state]) => `${id}: ${old.get(id)} -> ${state}`);
}
