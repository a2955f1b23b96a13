import { DIMENSIONS, demandOf, formatQuantity, ownQuantity } from "../kubernetes/demand";
import { eachPods } from "../kubernetes/each";
import { rowOf } from "../kubernetes/sizing-row";
import type { ResourcePolicy } from "../pack/policy";

interface Config {
  factor: number;
  factors: Record<string, number>;
}

export const withinSizing: ResourcePolicy<Config> = {
  name: "within-sizing",
  rule: "A pod asks for no more, and no less, than a factor of its row in the sizing table.",
  severity: "medium",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-04", "PR.PS-01"], iso: ["8.6", "8.32"], cis: [] },
  fix: "change override.<workload>.resources, or the row in components/core/tables/sizing.ts for everybody",
  config: {
    factor: {
      type: "number",
      minimum: 1,
      default: 2,
      description: "How many times the row a pod may ask for, and which part of it at the least.",
    },
    factors: {
      type: "object",
      additionalProperties: { type: "number", minimum: 1 },
      default: {},
      description: "Another factor for a row, by the row's name.",
    },
  },
  check(object, report, { factor, factors }) {
    eachPods(object, report, (pods) => {
      const row = rowOf(pods);
      if (!row) return;
      const times = factors[row.name] ?? factor;
      const demand = demandOf(pods);
      for (const { part, resource } of DIMENSIONS) {
        const asked = demand[part][resource];
        const base = ownQuantity(row[part][resource]);
        // A quantity that is missing is container-resources' finding.
        if (asked === 0 || (asked <= base * times && asked >= base / times)) continue;
        report.violation({
          where: pods.where,
          found: `${part}.${resource} of the pod ${formatQuantity(resource, asked)}`,
          allowed: `${formatQuantity(resource, base / times)} to ${formatQuantity(resource, base * times)}: ${row.name} is ${row[part][resource]} in the sizing table, factor ${times}`,
        });
      }
    });
  },
};
