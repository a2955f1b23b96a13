import type { AdmissionRule, ExceptedPods, RuleSettings } from "./admission-rules";

/** A rule in CEL, as a ValidatingAdmissionPolicy and what evaluates CEL like one have it. */
export interface RuleCel {
  matchConditions: { name: string; expression: string }[];
  variables: { name: string; expression: string }[];
  validations: { expression: string; messageExpression: string; message: string }[];
}

// `dyn`: a policy for several kinds would otherwise be type-checked against each, with warnings in its status.
const POD_VARIABLES = [
  {
    name: "pod",
    expression:
      'dyn(object).kind == "Pod" ? dyn(object) : dyn(object).kind == "CronJob" ? dyn(object).spec.jobTemplate.spec.template : dyn(object).spec.template',
  },
  { name: "spec", expression: "variables.pod.spec" },
  {
    name: "containers",
    expression: "variables.spec.containers + variables.spec.?initContainers.orValue([])",
  },
  { name: "all", expression: "variables.containers + variables.spec.?ephemeralContainers.orValue([])" },
];

// Of a kind that may not be there yet nothing is known when the policy is made.
const OTHER_VARIABLES = [{ name: "spec", expression: "dyn(object).?spec.orValue({})" }];

/**
 * The rule with the settings filled in: the same texts wherever it is evaluated.
 * @param excepted Pods that a rule about pods does not look at, nor at what makes them.
 */
export function celOf(
  rule: AdmissionRule,
  settings: RuleSettings,
  excepted: readonly ExceptedPods[] = [],
): RuleCel {
  const allowed = `allowed: ${rule.allowed(settings)}`;
  const changed = ["object.spec != oldObject.spec", rule.alsoChanged].filter((text) => text !== undefined);
  return {
    // Else a controller could not take its finalizer from a pod that was there before the rule. What looks at objects
    // that are there already, an audit, does so without an operation.
    matchConditions: [
      { name: "changed", expression: `request.operation != "UPDATE" || ${changed.join(" || ")}` },
    ],
    variables: [
      ...(rule.about ? OTHER_VARIABLES : POD_VARIABLES),
      { name: "found", expression: unlessExcepted(rule.found(settings), excepted) },
    ],
    validations: [
      {
        expression: "size(variables.found) == 0",
        messageExpression: `"found: " + variables.found.join(", ") + ${JSON.stringify(`; ${allowed}; fix: ${rule.fix}`)}`,
        message: allowed,
      },
    ],
  };
}

function unlessExcepted(found: string, excepted: readonly ExceptedPods[]): string {
  if (excepted.length === 0) return found;
  const one = ({ namespace, labels }: ExceptedPods) =>
    [
      `dyn(object).metadata.?namespace.orValue("") == ${JSON.stringify(namespace)}`,
      ...Object.entries(labels).map(
        ([key, value]) =>
          `variables.pod.?metadata.?labels[?${JSON.stringify(key)}].orValue("") == ${JSON.stringify(value)}`,
      ),
    ].join(" && ");
  return `${excepted.map((pods) => `(${one(pods)})`).join(" || ")} ? [] : ${found}`;
}
