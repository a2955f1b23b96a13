import { ApiError, type KubeApi } from "../../dev/cluster/api";

/** Undefined where it is forbidden. */
export async function listOrNothing<T>(api: KubeApi, path: string): Promise<T[] | undefined> {
  try {
    return (await api.get<{ items: T[] }>(path)).items;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}
