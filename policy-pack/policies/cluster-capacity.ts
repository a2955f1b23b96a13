import { MINIMUM_CLUSTER } from "../../components/core/tables/sizing";
import { demandOf, formatQuantity, ownQuantity, RESOURCES } from "../kubernetes/demand";
import { podsOf } from "../kubernetes/pods";
import type { StackPolicy } from "../pack/policy";

interface Config {
  nodes: number;
  cpu: string;
  memory: string;
}

export const clusterCapacity: StackPolicy<Config> = {
  name: "cluster-capacity",
  rule: "The requests of all pods fit the stated nodes.",
  severity: "high",
  level: "mandatory",
  frameworks: { nist: ["PR.IR-04"], iso: ["8.6"], cis: [] },
  fix: "state the cluster as it is (`nodes`, `cpu`, `memory` of this policy), or lower requests or replicas",
  config: {
    nodes: { type: "integer", minimum: 1, default: MINIMUM_CLUSTER.nodes, description: "Number of nodes." },
    cpu: { type: "string", default: MINIMUM_CLUSTER.cpu, description: "Cores of each node." },
    memory: { type: "string", default: MINIMUM_CLUSTER.memory, description: "Memory of each node." },
  },
  checkStack({ objects }, report, { nodes, cpu, memory }) {
    const terms: { name: string; times: number; requests: Record<string, number> }[] = [];
    report.each(objects, (object) => {
      for (const pods of podsOf(object)) {
        const times = pods.placement === "node" ? nodes : pods.placement;
        terms.push({ name: object.name, times, requests: demandOf(pods).requests });
      }
    });
    for (const resource of RESOURCES) {
      const each = resource === "cpu" ? cpu : memory;
      const total = terms.reduce((sum, { times, requests }) => sum + times * (requests[resource] ?? 0), 0);
      if (total <= nodes * ownQuantity(each) + 1e-6) continue;
      const sum = terms.map(
        ({ name, times, requests }) =>
          `${name} ${times} x ${formatQuantity(resource, requests[resource] ?? 0)}`,
      );
      report.violation({
        found: `${resource} requests: ${sum.join(" + ")} = ${formatQuantity(resource, total)}`,
        allowed: `${formatQuantity(resource, nodes * ownQuantity(each))}, ${nodes} nodes of ${each}`,
      });
    }
  },
};
