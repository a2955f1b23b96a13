import type { ExceptedByRule } from "../core/contract/excepted-pods";
import { celOf } from "../kubernetes/admission-rule-cel";
import {
  type ExceptedPods,
  judgedBy,
  namespacesByStage,
  POLICY_PREFIX,
  type RuleName,
  type RuleScope,
  ruleNamed,
  rulesOf,
  type Stage,
} from "../kubernetes/admission-rules";
import type { CustomObject, PlannedObject } from "../kubernetes/manifest";
import { NAMESPACE } from "./gatekeeper-names";
import type { GatekeeperConfig } from "./gatekeeper-schema";

/** A rule that Gatekeeper knows, with its stage where no namespace has another. */
export interface PlannedRule {
  name: RuleName;
  stage: Stage;
}

/** The rules that Gatekeeper has, of those that hold. */
export function plannedRules(config: GatekeeperConfig, scope: RuleScope): PlannedRule[] {
  // It looks neither at Kubernetes' namespaces nor at the stack's.
  const looksAt = rulesOf(scope).filter((name) => !ruleNamed(name).ofOthers);
  return looksAt.flatMap((name) => {
    const stage = config.rules[name] ?? config.stage;
    return stage === "off" ? [] : [{ name, stage }];
  });
}

/** The rules that are somewhere in one of these stages. */
export function rulesIn(
  stages: readonly Stage[],
  config: GatekeeperConfig,
  rules: readonly PlannedRule[],
): RuleName[] {
  const isOne = (stage: Stage) => stages.includes(stage);
  const inNamespaces = Object.values(config.namespaces).some(isOne);
  return rules.filter(({ stage }) => inNamespaces || isOne(stage)).map(({ name }) => name);
}

/** The kind that Gatekeeper defines for a rule: "SecurityStackHostPaths". */
export function kindOf(rule: RuleName): string {
  const words = rule.split("-").map((word) => word[0]!.toUpperCase() + word.slice(1));
  return `SecurityStack${words.join("")}`;
}

/** Where the constraints of a rule are listed, with what their audit has found. */
export function auditsOf(rule: RuleName): string {
  return `/apis/constraints.gatekeeper.sh/v1beta1/${kindOf(rule).toLowerCase()}`;
}

/**
 * Templates and constraints of the rules, what the audit's cache holds, and which namespaces it leaves out.
 * @param leftOut Namespaces that no rule looks at.
 * @param excepted Pods that a rule lets be.
 */
export function policyObjects(
  config: GatekeeperConfig,
  scope: RuleScope,
  leftOut: readonly string[],
  excepted: ExceptedByRule = {},
): PlannedObject[] {
  const excluded = [...new Set([...leftOut, NAMESPACE])].sort();
  const rules = plannedRules(config, scope);
  return [
    exclusions(excluded),
    cached(),
    ...rules.map(({ name }) => template(name, scope, excepted[name])),
    ...rules.flatMap((rule) => constraints(rule, config, excluded)),
  ];
}

// One, of this name: Gatekeeper looks at no other (pkg/keys/keys.go).
function exclusions(excludedNamespaces: string[]): CustomObject {
  return {
    apiVersion: "config.gatekeeper.sh/v1alpha1",
    kind: "Config",
    metadata: { name: "config", namespace: NAMESPACE },
    spec: { match: [{ excludedNamespaces, processes: ["audit", "sync"] }] },
  };
}

// What is not synced is not audited, without a word (open-policy-agent/gatekeeper#2858). What a controller makes of what is
// here, ReplicaSets and Jobs, would be reported a second time; the pods are, for those that nothing made.
function cached(): CustomObject {
  const gvks = [
    { group: "", version: "v1", kind: "Pod" },
    ...["Deployment", "DaemonSet", "StatefulSet"].map((kind) => ({ group: "apps", version: "v1", kind })),
    { group: "batch", version: "v1", kind: "CronJob" },
  ];
  return {
    apiVersion: "syncset.gatekeeper.sh/v1alpha1",
    kind: "SyncSet",
    metadata: { name: "security-stack" },
    spec: { gvks },
  };
}

function template(
  rule: RuleName,
  scope: RuleScope,
  excepted: readonly ExceptedPods[] | undefined,
): PlannedObject {
  const kind = kindOf(rule);
  const { matchConditions, ...cel } = celOf(ruleNamed(rule), scope, excepted);
  return {
    apiVersion: "templates.gatekeeper.sh/v1",
    kind: "ConstraintTemplate",
    metadata: {
      // Gatekeeper asks for just this name.
      name: kind.toLowerCase(),
      // Gatekeeper makes the kind of the constraints only then.
      annotations: { "pulumi.com/waitFor": "jsonpath={.status.created}=true" },
    },
    spec: {
      crd: { spec: { names: { kind } } },
      targets: [
        {
          target: "admission.k8s.gatekeeper.sh",
          code: [
            {
              engine: "K8sNativeValidation",
              // The field has another name than in a policy (pkg/drivers/k8scel/schema/schema.go). A policy of its own is not
              // wanted: the stack makes that itself.
              source: { ...cel, matchCondition: matchConditions, failurePolicy: "Fail", generateVAP: false },
            },
          ],
        },
      ],
    },
    provides: ["crds"],
  };
}

function constraints(
  { name, stage }: PlannedRule,
  { namespaces }: GatekeeperConfig,
  excluded: readonly string[],
): PlannedObject[] {
  return [
    constraint(name, POLICY_PREFIX + name, stage, {
      excludedNamespaces: [...new Set([...excluded, ...Object.keys(namespaces)])].sort(),
    }),
    ...namespacesByStage(namespaces).map(([other, own]) =>
      constraint(name, `${POLICY_PREFIX}${name}-${other}`, other, { namespaces: own }),
    ),
  ];
}

function constraint(rule: RuleName, name: string, enforcementAction: Stage, where: object): PlannedObject {
  return {
    apiVersion: "constraints.gatekeeper.sh/v1beta1",
    kind: kindOf(rule),
    metadata: { name },
    spec: {
      enforcementAction,
      match: { kinds: judgedBy(rule).map(({ group, kinds }) => ({ apiGroups: [group], kinds })), ...where },
    },
    after: ["crds"],
  };
}
