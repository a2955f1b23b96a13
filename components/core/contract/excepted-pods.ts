import type { ExceptedPods, RuleName } from "../../kubernetes/admission-rules";
import type { Exception } from "../config/exceptions-schema";
import type { AppliedException } from "./contribution";

/** Pods that a rule lets be, by rule. */
export type ExceptedByRule = Readonly<Partial<Record<RuleName, readonly ExceptedPods[]>>>;

/** Which pods these admission rules let be by `exceptions`, and which entries that are. */
export function exceptedPods(
  exceptions: readonly Exception[],
  rules: readonly RuleName[],
): { excepted: ExceptedByRule; applied: AppliedException[] } {
  const excepted: Partial<Record<RuleName, ExceptedPods[]>> = {};
  const applied: AppliedException[] = [];
  for (const { index, admission, namespace, labels } of exceptions) {
    if (admission === undefined || namespace === undefined || labels === undefined) continue;
    if (!rules.includes(admission)) continue;
    excepted[admission] = [...(excepted[admission] ?? []), { namespace, labels }];
    applied.push({ index, how: `the rule ${admission} lets them be` });
  }
  return { excepted, applied };
}
