import type { Expectation, Refusal } from "../model/scenario-schema";
import type { Verdict } from "./poll";
import type { StepResult } from "./step-result";

/** Whether what had to be refused was, with the words of who refused it. */
export function refusalVerdict(refusal: Refusal, steps: readonly StepResult[]): Verdict {
  const { status, why } = outcomeOf(refusal, steps);
  const { by, what } = refusal;
  const evidence = { index: "", query: {}, documents: [] };
  return { tool: by, what, status, count: 0, withinSeconds: 0, why: [why], evidence };
}

function outcomeOf(
  { notRun }: Refusal,
  steps: readonly StepResult[],
): { status: Verdict["status"]; why: string } {
  if (notRun !== undefined) return { status: "not run", why: notRun };
  const asked = steps.find(({ answer }) => answer !== undefined);
  if (asked?.answer === "no such kind") return { status: "not run", why: "the cluster has no such kind" };
  if (asked?.answer === "refused") return { status: "passed", why: asked.detail };
  return { status: "failed", why: "it was let through" };
}

/** The expectations, with the reason why nothing is looked for where what they are about was not refused. */
export function unlessLetThrough(
  expectations: readonly Expectation[],
  refusals: readonly Verdict[],
): Expectation[] {
  const reason = refusals.find(({ status }) => status !== "passed")?.why[0];
  return expectations.map((one) => ({ ...one, notRun: one.notRun ?? reason }));
}
