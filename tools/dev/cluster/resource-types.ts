import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type KubeApi } from "./api";

/** A type of objects that an API server can list. */
export interface ResourceType {
  /** Of its collection, over all namespaces. */
  path: string;
  /** Of its group and preferred version. */
  groupPath: string;
  apiVersion: string;
  kind: string;
  name: string;
  namespaced: boolean;
  verbs: readonly string[];
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

/** Every listable resource type of the server. */
export async function resourceTypes(api: KubeApi): Promise<ResourceType[]> {
  const core = await api.get<{ versions: string[] }>("/api");
  const { groups } = await api.get<{ groups: { preferredVersion: { groupVersion: string } }[] }>("/apis");
  const versions = [
    ...core.versions.map((version) => ({ apiVersion: version, groupPath: `/api/${version}` })),
    ...groups.map(({ preferredVersion: { groupVersion } }) => ({
      apiVersion: groupVersion,
      groupPath: `/apis/${groupVersion}`,
    })),
  ];
  const lists = await Promise.all(
    versions.map(async (version) => {
      const { resources } = await api.get<ResourceList>(version.groupPath);
      const listable = resources.filter((r) => r.verbs.includes("list") && !r.name.includes("/"));
      return listable.map((r) => ({ ...version, ...r, path: `${version.groupPath}/${r.name}` }));
    }),
  );
  return lists.flat();
}

/** The objects of a type; asks again where the type is so new that its storage is being set up. */
export async function listObjects<T>(api: KubeApi, path: string): Promise<T[]> {
  for (let tries = 1; ; tries++) {
    try {
      return (await api.get<{ items?: T[] }>(path)).items ?? [];
    } catch (error) {
      if (!(error instanceof ApiError && error.status === TOO_MANY_REQUESTS) || tries === 50) throw error;
      await sleep(200);
    }
  }
}

const TOO_MANY_REQUESTS = 429;
