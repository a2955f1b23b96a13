import type { Manifest } from "../kubernetes/manifest";
import { validatingBinding, validatingPolicy } from "../kubernetes/validating-admission";
import type { AdmissionConfig, Stage } from "./admission-schema";
import { type AdmissionRule, RULES } from "./rules";

/** Of every object, before the rule's own name. */
const PREFIX = "security-stack-";
const NAMESPACE_NAME = "kubernetes.io/metadata.name";

// Deny and Warn exclude each other (kubernetes.io, Validating Admission Policy: validation actions).
const ACTIONS: Readonly<Record<Stage, string[]>> = {
  dryrun: ["Audit"],
  warn: ["Warn", "Audit"],
  deny: ["Deny", "Audit"],
};

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

/**
 * A ValidatingAdmissionPolicy for each rule that is on, with a binding for each stage that it has somewhere. The API server
 * evaluates them itself: there is no pod whose absence would let objects through or keep them out.
 * @param leftOut Namespaces that no rule looks at, beside the config's own.
 */
export function admissionManifests(config: AdmissionConfig, leftOut: readonly string[]): Manifest[] {
  return Object.entries(RULES).flatMap(([name, rule]) => {
    const stage = config.rules[name as keyof typeof RULES] ?? config.stage;
    if (stage === "off" || (name === "registries" && config.registries.length === 0)) return [];
    return [policy(PREFIX + name, rule, config), ...bindings(PREFIX + name, stage, config, leftOut)];
  });
}

function policy(name: string, rule: AdmissionRule, config: AdmissionConfig): Manifest {
  const advice = `; allowed: ${rule.allowed(config)}; fix: ${rule.fix}`;
  const changed = ["object.spec != oldObject.spec", rule.alsoChanged].filter((text) => text !== undefined);
  return validatingPolicy(name, {
    matchConstraints: {
      resourceRules: [
        match("", ["pods", "pods/ephemeralcontainers"]),
        match("apps", ["deployments", "daemonsets", "statefulsets", "replicasets"]),
        match("batch", ["jobs", "cronjobs"]),
      ],
    },
    // Else a controller could not take its finalizer from a pod that was there before the rule.
    matchConditions: [
      { name: "changed", expression: `request.operation == "CREATE" || ${changed.join(" || ")}` },
    ],
    variables: [...VARIABLES, { name: "found", expression: rule.found(config) }],
    validations: [
      {
        expression: "size(variables.found) == 0",
        messageExpression: `"found: " + variables.found.join(", ") + ${JSON.stringify(advice)}`,
        message: `allowed: ${rule.allowed(config)}`,
      },
    ],
  });
}

function match(group: string, resources: string[]) {
  return { apiGroups: [group], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources };
}

function bindings(
  policyName: string,
  stage: Stage,
  config: AdmissionConfig,
  leftOut: readonly string[],
): Manifest[] {
  const own = Object.keys(config.namespaces).sort();
  const stages = [...new Set(own.map((name) => config.namespaces[name]!))].sort();
  return [
    binding(policyName, policyName, stage, "NotIn", [
      ...new Set([...leftOut, ...config.excludeNamespaces, ...own]),
    ]),
    ...stages.map((other) =>
      binding(
        `${policyName}-${other}`,
        policyName,
        other,
        "In",
        own.filter((name) => config.namespaces[name] === other),
      ),
    ),
  ];
}

function binding(
  name: string,
  policyName: string,
  stage: Stage,
  operator: "In" | "NotIn",
  values: string[],
): Manifest {
  return validatingBinding(name, {
    policyName,
    validationActions: ACTIONS[stage],
    matchResources: {
      namespaceSelector: { matchExpressions: [{ key: NAMESPACE_NAME, operator, values }] },
    },
  });
}
