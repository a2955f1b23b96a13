import type { KubeApi } from "../../../tools/dev/cluster/api";
import { waitUntil } from "../../../tools/dev/cluster/wait";
import type { AppliedObject } from "./left-state";

/** What others can't be made before. */
const FIRST = ["CustomResourceDefinition", "Namespace"];

interface ApiResource {
  name: string;
  kind: string;
  namespaced: boolean;
}

/** Puts objects on a cluster with server-side apply, each under its field manager. */
export async function putObjects(api: KubeApi, objects: readonly AppliedObject[]): Promise<void> {
  const isFirst = ({ manifest }: AppliedObject) => FIRST.includes(manifest.kind);
  for (const object of objects.filter(isFirst)) await put(api, object);
  for (const object of objects.filter((one) => !isFirst(one))) await put(api, object);
}

async function put(api: KubeApi, { manifest, fieldManager }: AppliedObject): Promise<void> {
  const { apiVersion, kind, metadata } = manifest;
  const version = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  // A kind of a definition is known some moments after that was made.
  const type = await waitUntil(`the API server to know ${kind} of ${apiVersion}`, async () => {
    const { resources } = await api.get<{ resources: ApiResource[] }>(version);
    return resources.find((resource) => resource.kind === kind && !resource.name.includes("/"));
  });
  const namespace = type.namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
  await api.apply(`${version}${namespace}/${type.name}/${metadata.name}`, manifest, fieldManager);
}
