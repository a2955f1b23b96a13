import type { PolicyRule } from "kubernetes-types/rbac/v1";
import type { RuleName } from "../kubernetes/admission-rules";
import type { Manifest } from "../kubernetes/manifest";
import { kindOf } from "./constraints";
import { CERTIFICATE, CHART, NAMESPACE, SERVICE_ACCOUNT, WEBHOOK } from "./gatekeeper-names";

const RBAC = "rbac.authorization.k8s.io";
const ACCOUNT = { kind: "ServiceAccount", name: SERVICE_ACCOUNT, namespace: NAMESPACE };
const READ = ["get", "list", "watch"];
const WRITE = [...READ, "create", "update", "delete"];

/**
 * What its pods may do, by name: the chart's own ClusterRole lets them read every object of the cluster. Constraints of
 * further kinds, and what they look at, take a further role for the account.
 */
export function rights(rules: readonly RuleName[], hasWebhook: boolean): Manifest[] {
  return [
    ...inCluster(clusterRules(rules, hasWebhook)),
    ...inNamespace([
      rule("", ["events"], ["create", "patch"]),
      // A list can't be limited to names; the namespace has no Secret but its certificate.
      rule("", ["secrets"], READ),
      { ...rule("", ["secrets"], ["update"]), resourceNames: [CERTIFICATE] },
    ]),
  ];
}

function clusterRules(rules: readonly RuleName[], hasWebhook: boolean): PolicyRule[] {
  const kinds = rules.map((name) => kindOf(name).toLowerCase());
  const all = [
    ...judged(),
    ...own(),
    rule("constraints.gatekeeper.sh", kinds, READ),
    rule(
      "constraints.gatekeeper.sh",
      kinds.map((kind) => `${kind}/status`),
      ["update"],
    ),
    // It defines the kinds of constraints.
    rule("apiextensions.k8s.io", ["customresourcedefinitions"], WRITE),
    rule(
      "admissionregistration.k8s.io",
      ["validatingadmissionpolicies", "validatingadmissionpolicybindings", "validatingwebhookconfigurations"],
      READ,
    ),
    ...(hasWebhook ? [certificateInWebhook()] : []),
  ];
  return all.filter(({ resources }) => resources?.length !== 0);
}

function judged(): PolicyRule[] {
  return [
    rule("", ["namespaces", "pods"], READ),
    rule("apps", ["daemonsets", "deployments", "statefulsets"], READ),
    rule("batch", ["cronjobs"], READ),
  ];
}

function own(): PolicyRule[] {
  return [
    rule("templates.gatekeeper.sh", ["constrainttemplates"], [...READ, "update"]),
    rule("templates.gatekeeper.sh", ["constrainttemplates/status"], ["update"]),
    rule("templates.gatekeeper.sh", ["constrainttemplates/finalizers"], ["update"]),
    rule("config.gatekeeper.sh", ["configs"], READ),
    rule("config.gatekeeper.sh", ["configs/status"], ["update"]),
    rule("syncset.gatekeeper.sh", ["syncsets"], READ),
    rule("connection.gatekeeper.sh", ["connections"], READ),
    // Its manager watches these whether or not mutation and external data are on, and ends where it may not.
    rule("mutations.gatekeeper.sh", ["assign", "assignimage", "assignmetadata", "modifyset"], READ),
    rule("externaldata.gatekeeper.sh", ["providers"], READ),
    rule(
      "status.gatekeeper.sh",
      [
        "configpodstatuses",
        "connectionpodstatuses",
        "constraintpodstatuses",
        "constrainttemplatepodstatuses",
        "expansiontemplatepodstatuses",
        "mutatorpodstatuses",
        "providerpodstatuses",
      ],
      WRITE,
    ),
  ];
}

/** It writes the authority of its certificate into the webhook that calls it, and into no other. */
function certificateInWebhook(): PolicyRule {
  return {
    ...rule("admissionregistration.k8s.io", ["validatingwebhookconfigurations"], ["update"]),
    resourceNames: [WEBHOOK],
  };
}

function rule(group: string, resources: string[], verbs: string[]): PolicyRule {
  return { apiGroups: [group], resources, verbs };
}

function inCluster(rules: PolicyRule[]): Manifest[] {
  const roleRef = { apiGroup: RBAC, kind: "ClusterRole", name: CHART };
  return [
    { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name: CHART }, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: CHART },
      roleRef,
      subjects: [ACCOUNT],
    },
  ];
}

function inNamespace(rules: PolicyRule[]): Manifest[] {
  const metadata = { name: CHART, namespace: NAMESPACE };
  const roleRef = { apiGroup: RBAC, kind: "Role", name: CHART };
  return [
    { apiVersion: `${RBAC}/v1`, kind: "Role", metadata, rules },
    { apiVersion: `${RBAC}/v1`, kind: "RoleBinding", metadata, roleRef, subjects: [ACCOUNT] },
  ];
}
