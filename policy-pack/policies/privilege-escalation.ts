import { eachContainer } from "../kubernetes/each";
import { isPrivileged, isWindows } from "../kubernetes/pods";
import { at, shown } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

export const privilegeEscalation: ResourcePolicy = {
  name: "privilege-escalation",
  rule: "No process gets more rights than its container was started with.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01", "PR.AA-05"], iso: ["8.2", "8.9"], cis: ["5.2.6"] },
  fix: "set securityContext.allowPrivilegeEscalation: false on the container",
  check(object, report) {
    eachContainer(object, report, (container, pods) => {
      // Kubernetes refuses the two together; whether it may be privileged is no-privileged's question.
      if (isPrivileged(container) || isWindows(pods)) return;
      const allowed = at(container.value, "securityContext", "allowPrivilegeEscalation");
      if (allowed === false || (pods.partial && allowed === undefined)) return;
      if (exceptionFor(this.name, pods.labels, "allowPrivilegeEscalation", container.name)) return;
      report.violation({
        where: container.where,
        found: `allowPrivilegeEscalation: ${shown(allowed)}`,
        allowed: "allowPrivilegeEscalation: false",
      });
    });
  },
};
