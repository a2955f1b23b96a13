import { eachContainer } from "../kubernetes/each";
import { isWindows } from "../kubernetes/pods";
import { at, shown } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";
import { exceptionFor } from "../pack/privilege-exceptions";

export const readOnlyRoot: ResourcePolicy = {
  name: "read-only-root",
  rule: "The root file system of a container is read-only.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.PS-01"], iso: ["8.9"], cis: ["5.6.3"] },
  fix: "set securityContext.readOnlyRootFilesystem: true, and mount an emptyDir where the program writes",
  check(object, report) {
    eachContainer(object, report, (container, pods) => {
      if (isWindows(pods)) return;
      const readOnly = at(container.value, "securityContext", "readOnlyRootFilesystem");
      if (readOnly === true || (pods.partial && readOnly === undefined)) return;
      if (exceptionFor(this.name, pods.labels, "writable root", container.name)) return;
      report.violation({
        where: container.where,
        found: `readOnlyRootFilesystem: ${shown(readOnly)}`,
        allowed: "readOnlyRootFilesystem: true",
      });
    });
  },
};
