import assert from "node:assert/strict";
import type { Deployment } from "./deployment";

/** What the tests look at of a pod on the real node. */
export interface NodePod {
  metadata: { name: string; namespace: string; uid: string; deletionTimestamp?: string };
  spec: {
    nodeName: string;
    containers: { name: string; resources: { limits?: { cpu?: string; memory?: string } } }[];
  };
  status: { phase: string; containerStatuses?: ContainerStatus[] };
}

interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  state?: { running?: { startedAt: string } };
  lastState: { terminated?: { reason: string; exitCode: number } };
}

/**
 * How often a container was started again. Once is left out for ECK's operator: Pulumi makes a chart's objects at the same time, and
 * where its RoleBinding is the later one, its first start ends at once, with exit code 0.
 */
export function restartsOf({ name, restartCount, lastState }: ContainerStatus): number {
  const wasTooEarly = name === "manager" && lastState.terminated?.exitCode === 0;
  return wasTooEarly ? restartCount - 1 : restartCount;
}

/** Every pod on the real node but the node's own. */
export async function podsOnNode({ api, node }: Deployment): Promise<NodePod[]> {
  const { items } = await api.get<{ items: NodePod[] }>("/api/v1/pods");
  return items.filter(
    ({ metadata, spec }) => spec.nodeName === node!.name && metadata.namespace.startsWith("security-"),
  );
}

/** A pod of a job that has ended is as it is to be. */
export function areReady(pods: readonly NodePod[]): boolean {
  return pods.every(
    ({ metadata, status }) =>
      status.phase === "Succeeded" ||
      (!metadata.deletionTimestamp &&
        (status.containerStatuses ?? [{ ready: false }]).every(({ ready }) => ready)),
  );
}

/**
 * Whether every pod that runs on runs again after its node was started anew: what the API server has of one is of before, until the
 * kubelet has looked.
 * @param since when the node went down
 */
export function runAgain(pods: readonly NodePod[], since: Date): boolean {
  const running = pods.filter(({ status }) => !["Succeeded", "Failed"].includes(status.phase));
  const starts = running.flatMap(({ status }) => status.containerStatuses ?? []);
  return areReady(running) && starts.every(({ state }) => new Date(state?.running?.startedAt ?? 0) > since);
}

/** What every document has, whichever tool its line was of. @throws AssertionError with what is missing */
export function assertHasLabels(document: Record<string, unknown>): void {
  const {
    "@timestamp": time,
    event,
    host,
    labels,
    orchestrator,
  } = document as {
    [part: string]: Record<string, unknown> | undefined;
  };
  const found = {
    time,
    severity: event?.["severity"],
    host: host?.["name"],
    tool: labels?.["security_tool"],
  };
  for (const [name, value] of Object.entries({ ...found, cluster: orchestrator?.["cluster"] }))
    assert.ok(value !== undefined, `no ${name}: ${JSON.stringify(document)}`);
}
