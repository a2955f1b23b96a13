import type { Tool, ToolName } from "../toolchain/types";
import type { Rung } from "./rungs";

/** Minutes that a fresh machine may build tools for, unless `--budget` says otherwise. */
export const DEFAULT_BUDGET_MINUTES = 45;

/** A rung that is left out, and the minutes of tools that it would need beyond those of the rungs that run. */
export interface LeftOut {
  rung: Rung;
  minutes: number;
}

/**
 * The rungs whose tools can be got within the budget on a machine that has none of them, in their order. Declared
 * costs decide, not what this machine happens to have: the same command runs the same rungs everywhere.
 * @param budget Minutes of two idle cores.
 */
export function withinBudget(
  rungs: readonly Rung[],
  tools: readonly Pick<Tool, "name" | "minutes">[],
  budget: number,
): { run: Rung[]; leftOut: LeftOut[] } {
  const minutesOf = new Map(tools.map(({ name, minutes }) => [name, minutes]));
  const got = new Set<ToolName>();
  const run: Rung[] = [];
  const leftOut: LeftOut[] = [];
  let spent = 0;
  for (const rung of rungs) {
    const missing = rung.tools.filter((name) => !got.has(name));
    const minutes = missing.reduce((sum, name) => sum + (minutesOf.get(name) ?? 0), 0);
    if (spent + minutes > budget) {
      leftOut.push({ rung, minutes });
      continue;
    }
    spent += minutes;
    for (const name of missing) got.add(name);
    run.push(rung);
  }
  return { run, leftOut };
}
