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
  frameworks: { nist: ["PR.AA-05"], iso: ["5.15", "5.18", "8.2"], cis: ["5.1.1", "5.1.7"] },
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
    if (role !== undefined && roles.includes(role))
      report.violation({ found: `roleRef ${role}`, allowed: `none of ${roles.join(", ")}` });
    report.each(listAt(object.props, "subjects"), (subject) => {
      const name = textAt(subject, "name");
      if (name === undefined || !subjects.includes(name)) return;
      report.violation({ found: `subject ${name}`, allowed: "ServiceAccounts, users and groups by name" });
    });
  },
};
