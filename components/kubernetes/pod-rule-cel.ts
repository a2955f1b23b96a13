import type { PodRule, RuleSettings } from "./pod-rules";

/** A kind of object that makes pods, or a pod. */
interface Judged {
  group: string;
  resources: string[];
  kinds: string[];
}

/** What the rules look at, all of it v1. */
export const JUDGED: readonly Judged[] = [
  { group: "", resources: ["pods", "pods/ephemeralcontainers"], kinds: ["Pod"] },
  {
    group: "apps",
    resources: ["deployments", "daemonsets", "statefulsets", "replicasets"],
    kinds: ["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"],
  },
  { group: "batch", resources: ["jobs", "cronjobs"], kinds: ["Job", "CronJob"] },
];

/** A rule in CEL, as a ValidatingAdmissionPolicy and what evaluates CEL like one have it. */
export interface RuleCel {
  matchConditions: { name: string; expression: string }[];
  variables: { name: string; expression: string }[];
  validations: { expression: string; messageExpression: string; message: string }[];
}

// `dyn`: a policy for several kinds would otherwise be type-checked against each, with warnings in its status.
const VARIABLES = [
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

/** The rule with the settings filled in: the same texts wherever it is evaluated. */
export function celOf(rule: PodRule, settings: RuleSettings): RuleCel {
  const allowed = `allowed: ${rule.allowed(settings)}`;
  const changed = ["object.spec != oldObject.spec", rule.alsoChanged].filter((text) => text !== undefined);
  return {
    // Else a controller could not take its finalizer from a pod that was there before the rule. What looks at objects
    // that are there already, an audit, does so without an operation.
    matchConditions: [
      { name: "changed", expression: `request.operation != "UPDATE" || ${changed.join(" || ")}` },
    ],
    variables: [...VARIABLES, { name: "found", expression: rule.found(settings) }],
    validations: [
      {
        expression: "size(variables.found) == 0",
        messageExpression: `"found: " + variables.found.join(", ") + ${JSON.stringify(`; ${allowed}; fix: ${rule.fix}`)}`,
        message: allowed,
      },
    ],
  };
}
