import type { Pod } from "./live";
import { plainText } from "./plain-text";
import { type Trouble, troubleOf } from "./trouble";

/** A kubelet takes a pod up in a second or two; one that starts with its node, in half a minute. */
const SILENT_TOLD_SECONDS = 20;
const SILENT_SECONDS = 45;
/** Of a DaemonSet, each next pod goes to the same node. */
const GIVEN_UP_SECONDS = 60;

/**
 * A node whose kubelet does not answer: it takes no pod up, and ends none. The control plane marks such a node only after 40
 * seconds and more, and says so on no pod that it has yet to take up.
 */
export function silentNodeTrouble(pod: Pod): Trouble | undefined {
  const { metadata, spec, status = {} } = pod;
  if (spec.nodeName === undefined) return undefined;
  const seconds = metadata.deletionTimestamp ? (metadata.deletionGracePeriodSeconds ?? 30) : 0;
  if (!metadata.deletionTimestamp && isTaken(status)) return undefined;
  const trouble = troubleOf(pod, `silent ${spec.nodeName}`, {
    what: metadata.deletionTimestamp
      ? `${nodeOf(pod)} does not end its old pod: its kubelet does not answer`
      : `${nodeOf(pod)} does not take its pod up: its kubelet does not answer`,
    fix: `Start that node, its kubelet or its container runtime (\`kubectl describe node ${spec.nodeName}\`), or take it out of the cluster: \`kubectl delete node ${spec.nodeName}\`.`,
    toldAfter: seconds + SILENT_TOLD_SECONDS,
    hopelessAfter: seconds + SILENT_SECONDS,
  });
  // That a pod is to go is of this update, also where the pod was there before.
  return metadata.deletionTimestamp ? { ...trouble, of: [`${metadata.uid} ends`] } : trouble;
}

function isTaken({ phase, startTime, containerStatuses = [] }: NonNullable<Pod["status"]>): boolean {
  return phase !== "Pending" || startTime !== undefined || containerStatuses.length > 0;
}

/** A pod that its node gave up. */
export function evictedTrouble(pod: Pod): Trouble | undefined {
  const { phase, reason, message = "" } = pod.status ?? {};
  if (phase !== "Failed") return undefined;
  const isOfDisk = /ephemeral-storage|DiskPressure|disk pressure/.test(message);
  const isBound = pod.metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet");
  return troubleOf(pod, `failed ${reason ?? ""}`, {
    what: `${nodeOf(pod)} gave its pod up (${plainText(reason ?? "no reason given")}): ${plainText(message).replace(/\.$/, "")}`,
    fix: isOfDisk
      ? "Free space on the node's disk, or give it a larger one."
      : "Free what it names on the node, or use a larger one.",
    toldAfter: 0,
    // The next pod of another workload may find room on another node.
    hopelessAfter: isBound && reason === "Evicted" ? GIVEN_UP_SECONDS : undefined,
  });
}

export function nodeOf({ spec }: Pod): string {
  return spec.nodeName ? `node ${spec.nodeName}` : "no node";
}
