import { ApiError, type KubeApi } from "../../dev/cluster/api";
import { type Claim, type Event, lastOf, type Pod, type Snapshot, timesOf, type Workload } from "./live";

/** How often each event had happened, by its UID. */
export type Counts = ReadonlyMap<string, number>;

/**
 * What is in the namespaces now. What may not be listed is taken as empty.
 * @param before events that had happened by then are left out
 */
export async function look(
  api: KubeApi,
  namespaces: readonly string[],
  before: Counts = new Map(),
): Promise<Snapshot> {
  const all = async <T>(path: (namespace: string) => string) =>
    (await Promise.all(namespaces.map((namespace) => list<T>(api, path(namespace))))).flat();
  const [pods, listed, claims] = await Promise.all([
    all<Pod>((namespace) => `/api/v1/namespaces/${namespace}/pods`),
    all<Event>((namespace) => `/api/v1/namespaces/${namespace}/events`),
    all<Claim>((namespace) => `/api/v1/namespaces/${namespace}/persistentvolumeclaims`),
  ]);
  const events = listed
    .filter((event) => event.type !== "Warning" || timesOf(event) > (before.get(event.metadata.uid) ?? 0))
    .sort((a, b) => lastOf(a).localeCompare(lastOf(b)));
  const kinds = new Set(
    events.filter(({ reason }) => reason === "FailedCreate").map(({ involvedObject }) => involvedObject.kind),
  );
  const workloads = await Promise.all(
    [...kinds].filter(isWorkload).map(async (kind) => {
      const found = await all<Omit<Workload, "kind">>(
        (namespace) => `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s`,
      );
      return found.map((workload) => ({ ...workload, kind }));
    }),
  );
  const waitsForDriver = events.some(({ reason }) => reason === "ExternalProvisioning");
  const drivers = waitsForDriver ? await driverNames(api) : undefined;
  return { pods, events, claims, workloads: workloads.flat(), drivers };
}

export function countsOf(events: readonly Event[]): Counts {
  return new Map(events.map((event) => [event.metadata.uid, timesOf(event)]));
}

function isWorkload(kind: string): boolean {
  return /^(DaemonSet|StatefulSet|ReplicaSet)$/.test(kind);
}

async function driverNames(api: KubeApi): Promise<string[] | undefined> {
  try {
    const { items } = await api.get<{ items: { metadata: { name: string } }[] }>(
      "/apis/storage.k8s.io/v1/csidrivers",
    );
    return items.map(({ metadata }) => metadata.name);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

async function list<T>(api: KubeApi, path: string): Promise<T[]> {
  try {
    return (await api.get<{ items: T[] }>(path)).items;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return [];
    throw error;
  }
}
