import { formatBytes, formatCpu, parseQuantity } from "../../kubernetes/quantity";
import type { Resources, WorkloadKind } from "../../kubernetes/workloads";
import { MINIMUM_CLUSTER, NODE_BUDGET, SIDECARS, SIZING } from "../tables/sizing";

/** A workload of the plan, or a container beside its main one, with what each of its pods asks for. */
export interface SizedWorkload extends Resources {
  name: string;
  /** A Job is what runs once, and what an operator or a schedule starts, at most `replicas` at once. */
  kind: WorkloadKind;
  replicas: number;
}

/** What the sizing table leaves to the main container of a pod, beside the pod's sidecars; undefined without a row. */
export function mainContainer(workload: string): Resources | undefined {
  const row = SIZING[workload];
  const sidecars = Object.values(SIDECARS).filter(({ of }) => of === workload);
  return row && sum([[row, 1], ...sidecars.map((sidecar) => [sidecar, -1] as const)]);
}

/** What the plan takes of every node and of the whole cluster. */
export interface Fit {
  /** Sum over what runs once per node. */
  perNode: Resources;
  /** Sum over the smallest cluster that the stack is made for. */
  cluster: Resources & { nodes: number };
  warnings: string[];
}

const PARTS = ["requests", "limits"] as const;
const RESOURCES = ["cpu", "memory"] as const;

/** Sums the workloads and says, with the arithmetic, where they pass the node budget or the smallest cluster. */
export function fitCluster(workloads: readonly SizedWorkload[]): Fit {
  const onNodes = workloads.filter((w) => w.kind === "DaemonSet");
  const elsewhere = workloads.filter((w) => w.kind !== "DaemonSet");
  const { nodes } = MINIMUM_CLUSTER;
  const perNode = sum(onNodes.map((w) => [w, 1]));
  const cluster = sum([
    ...onNodes.map((w) => [w, nodes] as const),
    ...elsewhere.map((w) => [w, w.replicas] as const),
  ]);
  const capacity = { cpu: MINIMUM_CLUSTER.cpu, memory: MINIMUM_CLUSTER.memory };
  return {
    perNode,
    cluster: { nodes, ...cluster },
    warnings: [
      ...compareWithBudget(onNodes),
      ...RESOURCES.filter((r) => bytesOrCores(cluster.requests[r]) > nodes * bytesOrCores(capacity[r])).map(
        (r) =>
          `the cluster total of ${r} requests is ${cluster.requests[r]}, more than ${nodes} nodes of ${capacity[r]} have`,
      ),
    ],
  };
}

function compareWithBudget(onNodes: readonly SizedWorkload[]): string[] {
  const counted = onNodes.filter(({ name }) => SIZING[name]?.placement !== "network");
  return compare(sum(counted.map((workload) => [workload, 1])), NODE_BUDGET, counted);
}

function compare(total: Resources, budget: Resources, workloads: readonly SizedWorkload[]): string[] {
  return PARTS.flatMap((part) =>
    RESOURCES.filter((r) => bytesOrCores(total[part][r]) > bytesOrCores(budget[part][r])).map((r) => {
      const terms = workloads.map((w) => `${w.name} ${w[part][r]}`).join(" + ");
      return `${r} ${part} per node are ${total[part][r]} (${terms}), over the budget of ${budget[part][r]}`;
    }),
  );
}

function sum(terms: readonly (readonly [Resources, number])[]): Resources {
  const total = (part: (typeof PARTS)[number], resource: (typeof RESOURCES)[number]) =>
    terms.reduce((all, [resources, times]) => all + times * bytesOrCores(resources[part][resource]), 0);
  const pair = (part: (typeof PARTS)[number]) => ({
    cpu: formatCpu(total(part, "cpu")),
    memory: formatBytes(total(part, "memory")),
  });
  return { requests: pair("requests"), limits: pair("limits") };
}

function bytesOrCores(quantity: string): number {
  return parseQuantity(quantity) ?? 0;
}
