import { listAt, textAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

interface Config {
  roles: string[];
  subjects: string[];
}

export const noClusterAdmin: ResourcePolicy<Config> = {
  name: "no-cluster-admin",
  rule: "No binding gives the rights of an administrator, and none gives rights to everybody.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.AA-05"], iso: ["5.15", "5.18", "8.2"], cis: ["5.1.1", "5.1.5", "5.1.7"] },
  fix: "bind a role of its own with the rights that are used, to a ServiceAccount",
  config: {
    roles: {
      type: "array",
      items: { type: "string" },
      default: ["cluster-admin", "admin", "edit"],
      description: "Roles that nothing may be bound to.",
    },
    subjects: {
      type: "array",
      items: { type: "string" },
      default: [
        "system:masters",
        "system:authenticated",
        "system:unauthenticated",
        "system:anonymous",
        "system:serviceaccounts",
      ],
      description: "Users and groups that nothing may be bound to.",
    },
  },
  check(object, report, { roles, subjects }) {
    if (object.kind !== "RoleBinding" && object.kind !== "ClusterRoleBinding") return;
    const role = textAt(object.props, "roleRef", "name");
    if (role !== undefined && (roles.includes(role) || COMPONENT_ROLE.test(role)))
      report.violation({
        found: `roleRef ${role}`,
        allowed: `none of ${roles.join(", ")}, and no role of a component of Kubernetes`,
      });
    report.each(listAt(object.props, "subjects"), (subject) => {
      const name = textAt(subject, "name") ?? "";
      const everybody = everybodyIn(textAt(subject, "kind"), name);
      if (!subjects.includes(name) && everybody === undefined) return;
      report.violation({
        found: `subject ${name}${everybody ? `: ${everybody}` : ""}`,
        allowed: "ServiceAccounts, users and groups by name",
      });
    });
  },
};

/**
 * Roles that the API server makes for components (kubernetes/kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy):
 * the controllers' read all Secrets, bind volumes and give rights on.
 */
const COMPONENT_ROLE =
  /^system:(controller:.*|node|node-bootstrapper|kube-controller-manager|kube-scheduler|kubelet-api-admin|certificates\.k8s\.io:.*|aggregate-to-(admin|edit))$/;

/** Pods that have the right without asking for it: those of a namespace that name no account, or all of its pods. */
function everybodyIn(kind: string | undefined, name: string): string | undefined {
  if (name.startsWith("system:serviceaccounts:")) return "every pod of the namespace";
  const isDefault = kind === "ServiceAccount" ? name === "default" : DEFAULT_ACCOUNT.test(name);
  return isDefault ? "every pod of the namespace that names no account" : undefined;
}

const DEFAULT_ACCOUNT = /^system:serviceaccount:[^:]+:default$/;
