import { listAt, textsAt } from "../kubernetes/read";
import { selectsEverything } from "../kubernetes/selector";
import type { ResourcePolicy } from "../pack/policy";

/** With these a subject takes rights that its role does not name (kubernetes.io, "Role Based Access Control Good Practices"). */
const ESCALATING_VERBS = ["bind", "escalate", "impersonate"];

export const noEscalatingRbac: ResourcePolicy = {
  name: "no-escalating-rbac",
  rule: "A role gives no right with which others are taken: none to bind, escalate or impersonate, none to make tokens, none of all other roles.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.AA-05"], iso: ["5.15", "5.18", "8.2"], cis: ["5.1.8", "5.1.13"] },
  fix: "remove the right; where a controller cannot do without it, a waiver names the role and the reason",
  check(object, report) {
    if (object.kind !== "Role" && object.kind !== "ClusterRole") return;
    report.each(listAt(object.props, "rules").entries(), ([index, rule]) => {
      const where = `rules[${index}]`;
      const verbs = textsAt(rule, "verbs");
      for (const verb of verbs.filter((one) => ESCALATING_VERBS.includes(one)))
        report.violation({ where, found: `verbs: ${verb}`, allowed: "verbs that give no further rights" });
      if (verbs.includes("create") && textsAt(rule, "resources").includes("serviceaccounts/token"))
        report.violation({
          where,
          found: "create serviceaccounts/token",
          allowed: "no tokens of other ServiceAccounts",
        });
    });
    const selectors = listAt(object.props, "aggregationRule", "clusterRoleSelectors");
    report.each(selectors.entries(), ([index, selector]) => {
      if (!selectsEverything(selector)) return;
      report.violation({
        where: `aggregationRule.clusterRoleSelectors[${index}]`,
        found: "every ClusterRole",
        allowed: "a label of the roles that it is made of",
      });
    });
  },
};
