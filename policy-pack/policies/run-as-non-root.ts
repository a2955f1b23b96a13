import { eachContainer } from "../kubernetes/each";
import { securitySetting } from "../kubernetes/pods";
import { shown } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

export const runAsNonRoot: ResourcePolicy = {
  name: "run-as-non-root",
  rule: "No container runs as root but those of the list of exceptions.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01", "PR.AA-05"], iso: ["8.2", "8.9"], cis: ["5.2.7"] },
  fix: "set securityContext.runAsNonRoot: true and a runAsUser above 0, on the pod or the container",
  check(object, report) {
    eachContainer(object, report, (container, pods) => {
      if (exceptionFor(this.name, pods.labels, "root", container.name)) return;
      const nonRoot = securitySetting(pods, container, "runAsNonRoot");
      const user = securitySetting(pods, container, "runAsUser");
      const left = pods.partial && nonRoot === undefined;
      if ((nonRoot === true || left) && (user === undefined || Number(user) > 0)) return;
      report.violation({
        where: container.where,
        found: `runAsNonRoot: ${shown(nonRoot)}, runAsUser: ${shown(user)}`,
        allowed: "runAsNonRoot: true, and a runAsUser above 0 or none",
      });
    });
  },
};
