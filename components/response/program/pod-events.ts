import type { ClusterClient } from "../../node-program/cluster-client";
import type { ActionRecord } from "./record";

const MOST_TEXT = 1000;

/** Tells of an action with `kubectl describe pod`, once for each phase. */
export async function tellOfPod(
  cluster: ClusterClient,
  record: ActionRecord,
  message: string,
  now: number,
): Promise<void> {
  const { id, phase, pod, action } = record;
  const time = new Date(now).toISOString();
  await cluster.create(`/api/v1/namespaces/${pod.namespace}/events`, {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `response-${id}-${phase}`, namespace: pod.namespace },
    involvedObject: { apiVersion: "v1", kind: "Pod", ...pod, node: undefined },
    reason: `Response${phase.charAt(0).toUpperCase()}${phase.slice(1)}`,
    message: `${action}: ${message}`.slice(0, MOST_TEXT),
    type: phase === "done" || phase === "failed" ? "Warning" : "Normal",
    source: { component: "security-stack-responder" },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  });
}
