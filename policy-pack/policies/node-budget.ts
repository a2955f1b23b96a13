import { NODE_BUDGET } from "../../components/core/tables/sizing";
import type { Resources } from "../../components/kubernetes/workloads";
import { type Demand, DIMENSIONS, demandOf, formatQuantity, ownQuantity } from "../kubernetes/demand";
import { podsOf } from "../kubernetes/pods";
import { rowOf } from "../kubernetes/sizing-row";
import type { StackPolicy } from "../pack/policy";

interface Config {
  budget: Resources;
}

export const nodeBudget: StackPolicy<Config> = {
  name: "node-budget",
  rule: "What looks at every node takes no more of it than the node budget; what carries the pods' own traffic comes on top.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-04"], iso: ["8.6"], cis: [] },
  fix: "lower override.nodeAgent.resources or that of one workload, switch a feature off, or raise `budget` for larger nodes",
  config: {
    budget: {
      type: "object",
      additionalProperties: false,
      required: ["requests", "limits"],
      properties: { requests: { type: "object" }, limits: { type: "object" } },
      default: NODE_BUDGET,
      description: "Requests and limits of CPU and memory per node; the default is the sizing table's.",
    },
  },
  checkStack({ objects }, report, { budget }) {
    const terms: { name: string; demand: Demand }[] = [];
    report.each(objects, (object) => {
      for (const pods of podsOf(object))
        if (pods.placement === "node" && rowOf(pods)?.placement !== "network")
          terms.push({ name: object.name, demand: demandOf(pods) });
    });
    for (const { part, resource } of DIMENSIONS) {
      const allowed = ownQuantity(budget[part][resource]);
      const total = terms.reduce((sum, { demand }) => sum + demand[part][resource], 0);
      // Sums of cores are fractions; a millionth of one is rounding.
      if (total <= allowed + 1e-6) continue;
      const sum = terms.map(
        ({ name, demand }) => `${name} ${formatQuantity(resource, demand[part][resource])}`,
      );
      report.violation({
        found: `${resource} ${part} of the DaemonSets, per node: ${sum.join(" + ")} = ${formatQuantity(resource, total)}`,
        allowed: `${budget[part][resource]} per node`,
      });
    }
  },
};
