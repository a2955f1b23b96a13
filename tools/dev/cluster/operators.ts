import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, KubeApi } from "./api";
import { targetOfKubeconfig } from "./kubeconfig";

interface CustomObject {
  metadata: { name: string; namespace: string };
  spec: { count?: number; nodeSets?: { count: number }[] };
  status?: Record<string, unknown>;
}

/** What operators say of their objects once they run, for those whose pods can't run here. */
const STATUSES: Readonly<Record<string, (spec: CustomObject["spec"]) => Record<string, unknown>>> = {
  "/apis/elasticsearch.k8s.elastic.co/v1/elasticsearches": ({ nodeSets = [] }) => ({
    phase: "Ready",
    health: "green",
    availableNodes: nodeSets.reduce((sum, { count }) => sum + count, 0),
  }),
  "/apis/kibana.k8s.elastic.co/v1/kibanas": ({ count }) => ({ health: "green", availableNodes: count ?? 0 }),
};

const INTERVAL_MS = 500;

/**
 * Plays operators while `run` goes on: an operator's pod is simulated like all others, so nobody would ever say that
 * what it looks after is ready. Nothing else of its work is played: no Services, no Secrets, no pods.
 */
export async function withOperators<T>(kubeconfigPath: string, run: () => Promise<T>): Promise<T> {
  const api = new KubeApi(targetOfKubeconfig(kubeconfigPath));
  const stop = new AbortController();
  const playing = play(api, stop.signal);
  try {
    return await run();
  } finally {
    stop.abort();
    await playing;
    api.close();
  }
}

async function play(api: KubeApi, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // The API server may be away for a moment: the wait for the objects will report it.
    await Promise.allSettled(Object.keys(STATUSES).map((path) => sayReady(api, path)));
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function sayReady(api: KubeApi, path: string): Promise<void> {
  const objects = await list(api, path);
  for (const { metadata, spec, status } of objects) {
    const wanted = STATUSES[path]!(spec);
    if (Object.entries(wanted).every(([key, value]) => status?.[key] === value)) continue;
    const [group, resource] = [path.slice(0, path.lastIndexOf("/")), path.slice(path.lastIndexOf("/") + 1)];
    const object = `${group}/namespaces/${metadata.namespace}/${resource}/${metadata.name}`;
    await api.patch(`${object}/status`, { status: wanted });
  }
}

async function list(api: KubeApi, path: string): Promise<CustomObject[]> {
  try {
    return (await api.get<{ items: CustomObject[] }>(path)).items;
  } catch (error) {
    // Their definitions come with the stack.
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}
