import { isDetected, type ScenarioResult } from "../check/run";
import { CORRELATION } from "../model/names";
import type { Stage } from "../model/scenario-schema";
import { CHECKLIST, CORE } from "./items";
import type { Facts, Outcome } from "./kinds";

export interface ItemResult extends Outcome {
  id: string;
  stage: Stage;
  title: string;
}

/** All items of the checklist; a store that does not answer makes an item fail with the reason. */
export function evaluateChecklist(facts: Facts): Promise<ItemResult[]> {
  return Promise.all(
    CHECKLIST.map(async ({ id, stage, title, check }) => {
      const outcome = await check(facts).catch(
        (error: Error): Outcome => ({
          verdict: "fail",
          why: [`could not look: ${error.message}`],
          evidence: [],
        }),
      );
      return { id, stage, title, ...outcome };
    }),
  );
}

/**
 * Which tool saw which scenario: "-" where the scenario does not count on the tool, "not run" where a part of what it
 * counts on can't be seen in this stack.
 */
export interface MatrixRow {
  scenario: string;
  cells: Record<string, "seen" | "missed" | "not run" | "-">;
}

/** The cross-validation of the tools. */
export function matrix(results: readonly ScenarioResult[]): MatrixRow[] {
  const tools = [
    ...new Set(results.flatMap(({ expectations }) => expectations.map(({ tool }) => tool))),
  ].sort();
  return results.map(({ id, expectations }) => ({
    scenario: id,
    cells: Object.fromEntries(
      tools.map((tool) => [tool, cell(expectations.filter((one) => one.tool === tool))]),
    ),
  }));
}

function cell(expectations: ScenarioResult["expectations"]): MatrixRow["cells"][string] {
  const has = (wanted: string) => expectations.some(({ status }) => status === wanted);
  if (expectations.length === 0) return "-";
  if (has("failed")) return "missed";
  return has("not run") ? "not run" : "seen";
}

/** The rule by which the whole is judged: four of the core five, and the shell and the API by two tools each. */
export function isSuccess(results: readonly ScenarioResult[]): boolean {
  const rows = matrix(results);
  const detectedCore = results.filter(
    (result) => CORE.some((one) => one === result.id) && isDetected(result),
  );
  const byTwo = ["validate-shell", "validate-k8s-api"].every((id) => {
    const cells = rows.find(({ scenario }) => scenario === id)?.cells ?? {};
    const sensors = Object.entries(cells).filter(([tool]) => tool !== CORRELATION);
    return sensors.filter(([, cell]) => cell === "seen").length >= 2;
  });
  return detectedCore.length >= 4 && byTwo;
}
