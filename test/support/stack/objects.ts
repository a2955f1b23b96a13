import { definitionOf } from "../../../components/stack/kinds-in-use";
import { ApiError, KubeApi } from "../../../tools/dev/cluster/api";
import { targetOfKubeconfig } from "../../../tools/dev/cluster/kubeconfig";
import { listObjects, resourceTypes } from "../../../tools/dev/cluster/resource-types";

/** A Kubernetes object as the API server returns it. */
export interface LiveObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: unknown[];
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

/** Connects to the cluster of a kubeconfig. */
export function connect(kubeconfigPath: string): KubeApi {
  return new KubeApi(targetOfKubeconfig(kubeconfigPath));
}

/** Those of a feature's kinds that the cluster does not have in that version, or not as the stack's. */
export async function kindsMissing(api: KubeApi, kinds: readonly string[] = []): Promise<string[]> {
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  interface Definition extends LiveObject {
    spec: { versions: { name: string; served: boolean }[] };
  }
  const { items } = await api.get<{ items: Definition[] }>(path);
  return kinds.filter((kind) => {
    const definition = items.find(({ metadata }) => metadata.name === definitionOf(kind));
    const version = definition?.spec.versions.find(({ name }) => name === kind.split(".")[1]);
    return !version?.served || definition?.metadata.labels?.["app.kubernetes.io/managed-by"] !== "pulumi";
  });
}

/** A value of a Secret; undefined where there is no such Secret. @throws where the Secret has no such key */
export async function secretValue(
  api: KubeApi,
  namespace: string,
  name: string,
  key: string,
): Promise<string | undefined> {
  try {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    const { data } = await api.get<{ data?: Record<string, string> }>(path);
    const value = data?.[key];
    if (value === undefined) throw new Error(`the Secret ${name} has no ${key}`);
    return Buffer.from(value, "base64").toString();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Every object of the cluster but events, which only tell of others. */
export async function allObjects(api: KubeApi): Promise<LiveObject[]> {
  const types = (await resourceTypes(api)).filter((type) => type.kind !== "Event");
  const lists = await Promise.all(
    types.map(async ({ path, apiVersion, kind }) => {
      const items = await listObjects<LiveObject>(api, path);
      return items.map((item) => ({ ...item, apiVersion, kind }));
    }),
  );
  return lists.flat();
}

/** True for what bears the feature's label or its name. */
export function belongsTo(feature: string): (object: LiveObject) => boolean {
  return ({ metadata }) =>
    metadata.labels?.["app.kubernetes.io/component"] === feature ||
    metadata.name.split(/[^a-z0-9]+/).includes(feature);
}

/** "DaemonSet security-system/falco". */
export function idOf({ kind, metadata }: LiveObject): string {
  return [kind, [metadata.namespace, metadata.name].filter(Boolean).join("/")].join(" ");
}

const SERVER_SET = ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"];

// Counts the updates of a DaemonSet's template; set by the API server.
const SERVER_ANNOTATION = "deprecated.daemonset.template.generation";

/**
 * What we ask for of each object of the stack that we made ourselves (an object with an owner is its
 * controller's, and so are Endpoints, which have the labels of their Service and no owner), by id, as text without
 * the fields that the server sets.
 */
export function declared(objects: readonly LiveObject[]): Map<string, string> {
  const own = objects.filter(
    ({ kind, metadata }) =>
      kind !== "Endpoints" &&
      !metadata.ownerReferences &&
      metadata.labels?.["app.kubernetes.io/part-of"] === "security-stack",
  );
  return new Map(own.map((object) => [idOf(object), JSON.stringify(withoutServerFields(object))]));
}

/** Ids of the objects that differ between two states. */
export function changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const ids = new Set([...before.keys(), ...after.keys()]);
  return [...ids].filter((id) => before.get(id) !== after.get(id)).sort();
}

function withoutServerFields({ status: _, ...object }: LiveObject): object {
  const metadata: Record<string, unknown> = { ...object.metadata };
  for (const field of SERVER_SET) delete metadata[field];
  const annotations = { ...object.metadata.annotations };
  delete annotations[SERVER_ANNOTATION];
  const spec: Record<string, unknown> = { ...(object["spec"] as object | undefined) };
  if (object.kind === "Service") for (const field of ["clusterIP", "clusterIPs"]) delete spec[field];
  return { ...object, metadata: { ...metadata, annotations }, spec };
}

/** Polls until the condition holds; fails with what was last seen after the time limit (ms). */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  limit = 60_000,
): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > end)
      throw new Error(`not in ${limit / 1000} s: ${what}; last seen: ${JSON.stringify(seen).slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
