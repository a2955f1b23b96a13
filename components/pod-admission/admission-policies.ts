import type { ExceptedByRule } from "../core/contract/excepted-pods";
import { celOf } from "../kubernetes/admission-rule-cel";
import {
  type ExceptedPods,
  judgedBy,
  namespacesByStage,
  POLICY_PREFIX,
  type RuleName,
  ruleNamed,
  rulesOf,
  type Stage,
} from "../kubernetes/admission-rules";
import type { Manifest } from "../kubernetes/manifest";
import { validatingBinding, validatingPolicy } from "../kubernetes/validating-admission";
import { type AdmissionConfig, scopeOf } from "./admission-schema";

const NAMESPACE_NAME = "kubernetes.io/metadata.name";

// Deny and Warn exclude each other (kubernetes.io, Validating Admission Policy: validation actions).
const ACTIONS: Readonly<Record<Stage, string[]>> = {
  dryrun: ["Audit"],
  warn: ["Warn", "Audit"],
  deny: ["Deny", "Audit"],
};

/**
 * A ValidatingAdmissionPolicy for each rule that is on, with a binding for each stage that it has somewhere. The API server
 * evaluates them itself: there is no pod whose absence would let objects through or keep them out.
 * @param leftOut Namespaces that no rule looks at, beside the config's own.
 * @param inMesh Those of them that are in a mesh: there its label is no violation.
 * @param excepted Pods that a rule lets be.
 */
export function admissionManifests(
  config: AdmissionConfig,
  leftOut: readonly string[],
  inMesh: readonly string[] = [],
  excepted: ExceptedByRule = {},
): Manifest[] {
  const outside = leftOut.filter((name) => !inMesh.includes(name));
  return rulesOf(scopeOf(config)).flatMap((name) => {
    const stage = config.rules[name] ?? config.stage;
    if (stage === "off") return [];
    const policyName = POLICY_PREFIX + name;
    const bound = ruleNamed(name).ofOthers
      ? [binding(policyName, policyName, stage, "In", [...new Set(outside)])]
      : bindings(policyName, stage, config, leftOut);
    return [policy(name, config, excepted[name]), ...bound];
  });
}

/** The rules that are somewhere in one of these stages. */
export function rulesIn(stages: readonly Stage[], config: AdmissionConfig): RuleName[] {
  const isOne = (stage: string) => stages.some((one) => one === stage);
  const inNamespaces = Object.values(config.namespaces).some(isOne);
  return rulesOf(scopeOf(config)).filter(
    (name) => (inNamespaces && !ruleNamed(name).ofOthers) || isOne(config.rules[name] ?? config.stage),
  );
}

function policy(
  name: RuleName,
  config: AdmissionConfig,
  excepted: readonly ExceptedPods[] | undefined,
): Manifest {
  return validatingPolicy(POLICY_PREFIX + name, {
    matchConstraints: {
      resourceRules: judgedBy(name).map(({ group, versions, resources }) => ({
        apiGroups: [group],
        apiVersions: versions,
        operations: ["CREATE", "UPDATE"],
        resources,
      })),
    },
    ...celOf(ruleNamed(name), config, excepted),
  });
}

function bindings(
  policyName: string,
  stage: Stage,
  config: AdmissionConfig,
  leftOut: readonly string[],
): Manifest[] {
  const own = Object.keys(config.namespaces).sort();
  return [
    binding(policyName, policyName, stage, "NotIn", [
      ...new Set([...leftOut, ...config.excludeNamespaces, ...own]),
    ]),
    ...namespacesByStage(config.namespaces).map(([other, names]) =>
      binding(`${policyName}-${other}`, policyName, other, "In", names),
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
