import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { exceptedPods } from "../core/contract/excepted-pods";
import { defineFeature } from "../core/contract/feature";
import { namespacesOfOthers } from "../core/contract/users-namespaces";
import { CHARTS, IMAGES } from "../core/tables/pins";
import { judgedBy, refusedBy } from "../kubernetes/admission-rules";
import { auditsOf, plannedRules, policyObjects, rulesIn } from "./constraints";
import { gatekeeperCollector } from "./gatekeeper-collector";
import { KINDS_OF_PEOPLE } from "./gatekeeper-kinds";
import { AUDIT, CHART, CONTROLLER, NAMESPACE } from "./gatekeeper-names";
import { networkPolicies } from "./gatekeeper-network-policies";
import { type GatekeeperConfig, gatekeeperSchema, MOVED_KEYS } from "./gatekeeper-schema";
import { gatekeeperValues } from "./gatekeeper-values";
import { rights } from "./rights";
import { VIOLATION_PANELS } from "./violation-panels";

/**
 * Gatekeeper: audits users' pods that are there already by the rules about pods, and judges new ones where the rules' stages
 * say so. The rules are the ones that the API server evaluates itself; one of the two refuses by a rule.
 */
export const gatekeeper = defineFeature({
  name: CHART,
  title: "Gatekeeper",
  // Before those that judge pods without looking at its own.
  priority: 6,
  schema: gatekeeperSchema,
  movedKeys: MOVED_KEYS,
  workloads: ["gatekeeper", "gatekeeperAudit"],
  provides: ["admission"],
  frameworks: ["NIST CSF 2.0 PR.PS-01", "CIS Kubernetes 5.2"],
  tests: ["test/unit/gatekeeper.test.ts", "test/mesh/gatekeeper.test.ts"],
  doctor: { crd: { name: "constrainttemplates.templates.gatekeeper.sh", installation: "Gatekeeper" } },
  audits: auditsOf,
  collector: gatekeeperCollector,
  panels: VIOLATION_PANELS,
  kindsOfPeople: { ofCharts: KINDS_OF_PEOPLE },
  plan: planGatekeeper,
});

function planGatekeeper(config: GatekeeperConfig, context: PlanContext): Contribution {
  const scope = context.shared.admissionRules;
  const leftOut = [...new Set([...namespacesOfOthers(context), ...scope.excludeNamespaces])];
  const rules = plannedRules(config, scope);
  const { excepted, applied } = exceptedPods(
    context.exceptions,
    rules.map(({ name }) => name),
  );
  const values = gatekeeperValues({
    config,
    webhook: context.workload("gatekeeper", "Deployment", IMAGES.gatekeeper, {
      replicas: config.webhook ? 2 : 0,
    }),
    audit: context.workload("gatekeeperAudit", "Deployment", IMAGES.gatekeeper),
    judged: [...new Set(rules.flatMap(({ name }) => judgedBy(name)))],
    exempt: leftOut,
  });
  return {
    namespaces: [{ name: NAMESPACE, podSecurity: "restricted" }],
    manifests: [
      ...rights(
        rules.map(({ name }) => name),
        config.webhook,
      ),
      ...networkPolicies(config),
    ],
    charts: [{ name: CHART, namespace: NAMESPACE, source: context.chart(CHARTS.gatekeeper), values }],
    customObjects: policyObjects(config, scope, leftOut, excepted),
    exceptions: applied,
    enforces: rulesIn(["warn", "deny"], config, rules),
    denies: rulesIn(["deny"], config, rules),
    refuses: refusedBy(config, scope),
    conditions: [
      {
        type: "GatekeeperReady",
        workloads: [CONTROLLER, AUDIT].map((name) => ({ kind: "Deployment", namespace: NAMESPACE, name })),
      },
    ],
    nextSteps: [
      "Violations that Gatekeeper's audit found: kubectl get constraints -o custom-columns=RULE:.kind,STAGE:.spec.enforcementAction,VIOLATIONS:.status.totalViolations",
    ],
  };
}
