import { eachContainer } from "../kubernetes/each";
import { isPrivileged, isWindows } from "../kubernetes/pods";
import { at, shown, textsAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

// The one capability that Pod Security "restricted" lets a container add.
const HARMLESS = ["NET_BIND_SERVICE"];

export const capabilities: ResourcePolicy = {
  name: "capabilities",
  rule: "A container drops all capabilities and adds back those of the list of exceptions only.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01", "PR.AA-05"], iso: ["8.2", "8.9"], cis: ["5.2.8", "5.2.9"] },
  fix: "set securityContext.capabilities.drop: [ALL]; a capability that is needed takes an exception in policy-pack/pack/privilege-exceptions.ts",
  check(object, report) {
    eachContainer(object, report, (container, pods) => {
      // It has all of them anyway; whether it may is no-privileged's question.
      if (isPrivileged(container) || isWindows(pods)) return;
      const drop = textsAt(container.value, "securityContext", "capabilities", "drop");
      const written = at(container.value, "securityContext", "capabilities", "drop");
      if (!drop.some((name) => name.toUpperCase() === "ALL") && !(pods.partial && written === undefined))
        report.violation({
          where: container.where,
          found: `capabilities.drop ${shown(written)}`,
          allowed: 'capabilities.drop ["ALL"]',
        });
      const added = textsAt(container.value, "securityContext", "capabilities", "add");
      for (const name of added.map((capability) => capability.toUpperCase().replace(/^CAP_/, ""))) {
        if (HARMLESS.includes(name) || exceptionFor(this.name, pods.labels, name, container.name)) continue;
        report.violation({
          where: container.where,
          found: `capabilities.add ${name}`,
          allowed: `${HARMLESS.join(", ")}, and what policy-pack/pack/privilege-exceptions.ts lists for the pod's labels`,
        });
      }
    });
  },
};
