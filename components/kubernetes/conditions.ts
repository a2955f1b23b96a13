import type { WorkloadKind } from "./workloads";

/** "Ready" of a feature: all of its workloads have as many ready pods as they want. */
export interface Condition {
  /** For instance "GatewayReady". */
  type: string;
  workloads: (WorkloadRef | OperatedRef)[];
  /** What the user still has to do for it, said while it is not ready. */
  until?: string;
}

export interface WorkloadRef {
  kind: WorkloadKind;
  namespace: string;
  name: string;
}

/** A custom object whose operator runs pods for it. */
export interface OperatedRef {
  kind: string;
  namespace: string;
  name: string;
  /** Field of its status with the number of ready pods. */
  readyField: string;
  /** How many it wants. */
  desired: number;
}

/** A condition as Kubernetes writes them. */
export interface ConditionStatus {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  /** Pods ready and wanted, "2/2". */
  ready: string;
}

/** What the API server says of a workload; fields are missing until its controller has looked at it. */
export interface LiveWorkload {
  kind: string;
  metadata: { name?: string; namespace?: string };
  spec?: unknown;
  status?: unknown;
}

interface Counts {
  ready: number;
  desired: number;
}

/**
 * A feature's condition from the live state of its workloads: True when each has as many ready pods as it
 * wants, Unknown when one can't be seen (a preview before the first deployment), else False.
 */
export function readiness(condition: Condition, live: readonly LiveWorkload[]): ConditionStatus {
  const missing: string[] = [];
  const total: Counts = { ready: 0, desired: 0 };
  for (const wanted of condition.workloads) {
    const found = live.find(
      (w) =>
        w.kind === wanted.kind &&
        w.metadata?.name === wanted.name &&
        (w.metadata.namespace ?? wanted.namespace) === wanted.namespace,
    );
    const counts = found && ("readyField" in wanted ? countOperated(found, wanted) : countPods(found));
    if (!counts) {
      missing.push(`${wanted.kind} ${wanted.namespace}/${wanted.name}`);
      continue;
    }
    total.ready += counts.ready;
    total.desired += counts.desired;
  }
  const ready = `${total.ready}/${total.desired}`;
  if (missing.length > 0)
    return {
      type: condition.type,
      status: "Unknown",
      reason: "NotObserved",
      message: explained(`no status yet of ${missing.join(", ")}`, condition),
      ready,
    };
  const isReady = total.ready === total.desired;
  return {
    type: condition.type,
    status: isReady ? "True" : "False",
    reason: isReady ? "PodsReady" : "PodsNotReady",
    message: isReady ? `${ready} pods ready` : explained(`${ready} pods ready`, condition),
    ready,
  };
}

function explained(message: string, { until }: Condition): string {
  return until ? `${message}: the ${until}` : message;
}

function countOperated(object: LiveWorkload, { readyField, desired }: OperatedRef): Counts | undefined {
  const status = object.status as Record<string, unknown> | undefined;
  if (status === undefined) return undefined;
  return { ready: Number(status[readyField] ?? 0), desired };
}

function countPods(workload: LiveWorkload): Counts | undefined {
  const spec = (workload.spec ?? {}) as { replicas?: number; suspend?: boolean };
  const status = workload.status as Record<string, number | undefined> | undefined;
  switch (workload.kind) {
    case "DaemonSet":
      if (status?.["desiredNumberScheduled"] === undefined) return undefined;
      return { ready: status["numberReady"] ?? 0, desired: status["desiredNumberScheduled"] };
    case "Deployment":
    case "StatefulSet":
      if (status === undefined) return undefined;
      return { ready: status["readyReplicas"] ?? 0, desired: spec.replicas ?? 1 };
    // A CronJob has no pods of its own to wait for: being there and not suspended is all it can be.
    case "CronJob":
      return { ready: spec.suspend ? 0 : 1, desired: 1 };
    // One that has not succeeded, yet or at all, is not ready.
    case "Job":
      return { ready: status?.["succeeded"] ?? 0, desired: 1 };
    default:
      return undefined;
  }
}
