import { eachContainer } from "../kubernetes/each";
import { at, shown } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

export const noPrivileged: ResourcePolicy = {
  name: "no-privileged",
  rule: "No container is privileged but those of the list of exceptions.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01", "PR.AA-05"], iso: ["8.2", "8.9"], cis: ["5.2.2"] },
  fix: "remove securityContext.privileged; add the capabilities that are needed, each with an exception in policy-pack/pack/privilege-exceptions.ts",
  check(object, report) {
    eachContainer(object, report, (container, pods) => {
      const privileged = at(container.value, "securityContext", "privileged");
      if (privileged === undefined || privileged === null || privileged === false) return;
      if (exceptionFor(this.name, pods.labels, "privileged", container.name)) return;
      report.violation({
        where: container.where,
        found: `privileged: ${shown(privileged)}`,
        allowed: "privileged: false",
      });
    });
  },
};
