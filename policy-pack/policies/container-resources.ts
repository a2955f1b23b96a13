import { DIMENSIONS, podQuantity, quantityOf, writtenQuantity } from "../kubernetes/demand";
import { eachContainer } from "../kubernetes/each";
import type { Pods } from "../kubernetes/pod-templates";
import type { Container } from "../kubernetes/pods";
import { at } from "../kubernetes/read";
import type { ResourcePolicy } from "../pack/policy";

export const containerResources: ResourcePolicy = {
  name: "container-resources",
  rule: "Every container requests CPU and memory and is limited in both.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-04", "PR.PS-01"], iso: ["8.6"], cis: [] },
  fix: "set resources.requests and resources.limits of cpu and memory; components/core/tables/sizing.ts has the stack's figures",
  check(object, report) {
    eachContainer(object, report, (container, pods) => {
      if (container.role === "ephemeral" || isLeftToOperator(container, pods)) return;
      const missing = DIMENSIONS.filter(({ part, resource }) => {
        const amount = quantityOf(container, part, resource) ?? podQuantity(pods, part, resource);
        return amount === undefined || amount <= 0;
      });
      if (missing.length === 0) return;
      const found = missing.map(({ part, resource }) => {
        const written = writtenQuantity(container, part, resource);
        return `${part}.${resource} ${written === undefined ? "missing" : `"${written}"`}`;
      });
      report.violation({
        where: container.where,
        found: found.join(", "),
        allowed: 'quantities above zero like "100m" and "256Mi" for all four',
      });
    });
  },
};

/** An operator's container of which something else is said, and no word of its resources. */
function isLeftToOperator({ value }: Container, pods: Pods): boolean {
  return pods.partial && at(value, "image") === undefined && at(value, "resources") === undefined;
}
