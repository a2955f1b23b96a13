import { quantityOf, writtenQuantity } from "../kubernetes/demand";
import { eachContainer } from "../kubernetes/each";
import { mapAt } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

export const limitsCoverRequests: ResourcePolicy = {
  name: "limits-cover-requests",
  rule: "No container is limited to less than it requests.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-04", "PR.PS-01"], iso: ["8.6"], cis: [] },
  fix: "raise the limit to the request or lower the request",
  check(object, report) {
    eachContainer(object, report, (container) => {
      for (const resource of Object.keys(mapAt(container.value, "resources", "requests"))) {
        const request = quantityOf(container, "requests", resource);
        const limit = quantityOf(container, "limits", resource);
        if (request === undefined || limit === undefined || limit >= request) continue;
        report.violation({
          where: container.where,
          found: `limits.${resource} ${writtenQuantity(container, "limits", resource)}, requests.${resource} ${writtenQuantity(container, "requests", resource)}`,
          allowed: `limits.${resource} of at least ${writtenQuantity(container, "requests", resource)}`,
        });
      }
    });
  },
};
