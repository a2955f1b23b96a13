import type { ScenarioResult } from "../../../scenarios/check/run";
import { inWords, type Report } from "../../../scenarios/report/report";
import type { Proof } from "../../../test/rigs/scenarios/local";
import { newTable } from "../../dev/table";

/** What was expected of each scenario, and what came of it. */
export function resultTable(results: readonly ScenarioResult[]): string {
  const table = newTable(["scenario", "expected", "result", "s"]);
  for (const result of results) {
    if (result.error) table.push([result.id, "", `error: ${result.error}`, ""]);
    for (const { tool, what, status, latencySeconds, why } of result.expectations)
      table.push([result.id, `${tool}: ${what}`, inWords({ status, why }).join("\n"), latencySeconds ?? ""]);
  }
  return table.toString();
}

/** The checklist, and the rule of success. */
export function checklistTable({ checklist, success }: Report): string {
  const table = newTable(["item", "what", "verdict"]);
  for (const { id, title, verdict, why } of checklist)
    table.push([id, title, (verdict === "pass" ? [verdict] : [verdict, ...why]).join("\n")]);
  table.push(["success", "four of the core five; shell and API by two tools", success ? "met" : "not met"]);
  return table.toString();
}

/** What tampering with the events of each scenario did. */
export function proofTable(proofs: readonly Proof[]): string {
  const table = newTable(["events of", "were", "failed", "why"]);
  for (const { scenario, tampering, failed, why, holds } of proofs)
    table.push([scenario, tampering, holds ? "only that one" : failed.join("\n") || "none", why.join("\n")]);
  return table.toString();
}
