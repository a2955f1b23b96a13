import type { Pod } from "./live";

/** Something that keeps a workload of the stack from becoming ready. */
export interface Trouble {
  /** The same for the same trouble at another moment, and for all pods of a workload that have it. */
  key: string;
  /** What it is, as a sentence. */
  what: string;
  /** What to do about it, as a sentence. */
  fix: string;
  /** Whose log tells more. */
  container?: { pod: Pod; name: string };
  /** Seconds that it has to last before it is told: for what is usual for a while. */
  toldAfter: number;
  /** Seconds after which nobody needs to wait any longer; undefined for what may pass. */
  hopelessAfter: number | undefined;
  /** UIDs of the objects that have it. */
  of: readonly string[];
}

/** The same trouble of several pods, as one. */
export function merged(troubles: readonly Trouble[]): Trouble[] {
  const byKey = new Map<string, Trouble>();
  for (const trouble of troubles) {
    const before = byKey.get(trouble.key);
    byKey.set(trouble.key, before ? { ...before, of: [...before.of, ...trouble.of] } : trouble);
  }
  return [...byKey.values()];
}

/** "DaemonSet falco in security-system": the workload of a pod as people know it. */
export function workloadOf({ metadata }: Pod): string {
  const { ownerReferences = [], labels = {}, name, namespace } = metadata;
  const [owner] = ownerReferences;
  if (!owner) return `Pod ${name} in ${namespace}`;
  const hash = labels["pod-template-hash"];
  const isDeployment = owner.kind === "ReplicaSet" && hash !== undefined && owner.name.endsWith(`-${hash}`);
  return isDeployment
    ? `Deployment ${owner.name.slice(0, -hash.length - 1)} in ${namespace}`
    : `${owner.kind} ${owner.name} in ${namespace}`;
}

/** A trouble of a pod, with what all of them have. */
export function troubleOf(pod: Pod, kind: string, { what, ...rest }: Omit<Trouble, "key" | "of">): Trouble {
  const workload = workloadOf(pod);
  return { key: `${kind} ${workload}`, what: `${workload}: ${what}`, of: [pod.metadata.uid], ...rest };
}
