import type { KubernetesObject } from "@kubernetes/client-node";
import { type ClusterApi, statusOf } from "./api";

/** Labels or annotations of nodes on which nothing runs: those of the embedded cluster, and kwok's own (kwok.sigs.k8s.io). */
const SIMULATED = ["security-stack/simulated", "kwok.x-k8s.io/node"];
const COMPONENT = "app.kubernetes.io/component";

interface Pod extends KubernetesObject {
  spec?: { nodeName?: string };
}

/**
 * The sensors whose pods are all on simulated nodes: ready, and without a process that could see anything. None where
 * the nodes may not be listed.
 */
export async function standIns(api: ClusterApi): Promise<string[]> {
  const simulated = await simulatedNodes(api);
  if (simulated.size === 0) return [];
  const sets = await api.list("apps/v1", "DaemonSet", "app.kubernetes.io/part-of=security-stack");
  const pods = await api.list<Pod>("v1", "Pod");
  return sets.flatMap(({ metadata }) => {
    const tool = metadata?.labels?.[COMPONENT];
    const own = pods.filter((pod) => pod.metadata?.ownerReferences?.some(({ uid }) => uid === metadata?.uid));
    const isStandIn = own.length > 0 && own.every(({ spec }) => simulated.has(spec?.nodeName ?? ""));
    return tool && isStandIn ? [tool] : [];
  });
}

async function simulatedNodes(api: ClusterApi): Promise<Set<string>> {
  try {
    const nodes = await api.list("v1", "Node");
    const names = nodes
      .filter(({ metadata }) =>
        SIMULATED.some((name) => name in { ...metadata?.annotations, ...metadata?.labels }),
      )
      .map(({ metadata }) => metadata?.name ?? "");
    return new Set(names);
  } catch (error) {
    if (statusOf(error) === 403) return new Set();
    throw error;
  }
}
