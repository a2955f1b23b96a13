import { labelsOf } from "../kubernetes/object";
import { listAt, textsAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

const FIELDS = ["apiGroups", "resources", "verbs", "nonResourceURLs"];

export const noWildcardRbac: ResourcePolicy = {
  name: "no-wildcard-rbac",
  rule: "A role names what it gives; nothing is given with a wildcard.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.AA-05"], iso: ["5.15", "5.18", "8.2"], cis: ["5.1.3"] },
  fix: "write out the API groups, resources and verbs that are used",
  check(object, report) {
    if (object.kind !== "Role" && object.kind !== "ClusterRole") return;
    report.each(listAt(object.props, "rules").entries(), ([index, rule]) => {
      for (const field of FIELDS) {
        // A star stands for all, for a subresource of everything ("*/exec") and at the end of a URL ("/api*")
        // (kubernetes/kubernetes, pkg/apis/rbac/v1/evaluation_helpers.go).
        const wild = textsAt(rule, field).filter((value) => value.includes("*"));
        const item = `${field} ${wild.join(", ")} of ${textsAt(rule, "apiGroups").join(", ")}`;
        if (wild.length > 0 && !exceptionFor(this.name, labelsOf(object), item))
          report.violation({
            where: `rules[${index}]`,
            found: `${field}: ${wild.join(", ")}`,
            allowed: "names",
          });
      }
    });
  },
};
