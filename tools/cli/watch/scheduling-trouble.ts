import type { Event, Pod } from "./live";
import { plainText } from "./plain-text";
import { type Trouble, troubleOf } from "./trouble";

/** An autoscaler looks for pods without a node every ten seconds, and says so by then. */
const HOPELESS_SECONDS = 60;

/** Cluster Autoscaler and Karpenter, of a pod that they make a node for. */
const NODE_IS_COMING = /^(TriggeredScaleUp|Nominated|NominatedForNode)$/;

/** A pod that no node takes; undefined where it has one. */
export function schedulingTrouble(pod: Pod, events: readonly Event[]): Trouble | undefined {
  const condition = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (condition?.status !== "False" || condition.reason !== "Unschedulable") return undefined;
  const message = condition.message ?? "";
  // The claim tells it better.
  if (/unbound immediate PersistentVolumeClaims|persistentvolumeclaim .* not found/.test(message))
    return undefined;
  const isNominated =
    pod.status?.nominatedNodeName !== undefined || events.some(({ reason }) => NODE_IS_COMING.test(reason));
  return troubleOf(pod, "schedule", {
    what: `no node takes its pod: ${plainText(message)}`,
    fix: isNominated ? "Nothing yet: a node is being made for it." : fixFor(message),
    toldAfter: 5,
    hopelessAfter: isNominated || mayPass(message) ? undefined : HOPELESS_SECONDS,
  });
}

/** Nodes that are about to join, and what nodes say of themselves while they start. */
function mayPass(message: string): boolean {
  return (
    /no nodes available|^0\/0 nodes/.test(message) ||
    /node\.kubernetes\.io\/(not-ready|network-unavailable)|node\.cloudprovider\.kubernetes\.io|karpenter\.sh\/unregistered/.test(
      message,
    )
  );
}

function fixFor(message: string): string {
  if (/Insufficient (cpu|memory)/.test(message))
    return "Add nodes or use larger ones, or lower what it asks for (`override.<workload>.resources.requests`); `npm run doctor` shows what is left on each.";
  if (/Too many pods|Insufficient pods/.test(message))
    return "The nodes have as many pods as they may: add nodes, or raise the limit of pods on them.";
  if (/disk-pressure/.test(message)) return "Free space on the nodes' disks, or give them larger ones.";
  if (/topology spread|pod affinity|anti-affinity|zone/.test(message))
    return "Add a node in another zone, or ask for less spreading (`output.elasticsearch.managed.zoneAwareness`, replicas).";
  if (/taint/.test(message))
    return "Let it onto these nodes with `override.<workload>.tolerations`, or add nodes without the taint.";
  if (/node selector|node affinity|didn't match/.test(message))
    return "Label the nodes that are meant, or correct `override.<workload>.nodeSelector`.";
  return "Add a node that can take it.";
}
