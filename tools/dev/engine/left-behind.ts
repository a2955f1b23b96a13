import { ApiError, KubeApi } from "../cluster/api";
import { targetOfKubeconfig } from "../cluster/kubeconfig";
import { listObjects, type ResourceType, resourceTypes } from "../cluster/resource-types";
import { waitUntil } from "../cluster/wait";

/**
 * Makes the engine write the state when an operation ends, not around each step too (pulumi/sdk, go/common/env): with the
 * definitions of the charts in it, that is two thirds of the time of an update. An update that ends by itself, by an
 * error or by Ctrl-C writes it all the same; what a killed one made has to be removed: `removeLeftBehind`. Stacks of the
 * user's own are left with the engine's default, since nothing looks after those.
 */
export const STATE_AT_THE_END = { PULUMI_SKIP_CHECKPOINTS: "true" };

const UNDER_WAY = "an update is under way since ";

/** What is noted of an update until it succeeds. */
export function noteOfUpdate(began: Date): string {
  return `${UNDER_WAY}${began.toISOString()}`;
}

/** When the update began that a note is of; undefined for another note. */
export function beginningOf(note: string): Date | undefined {
  if (!note.startsWith(UNDER_WAY)) return undefined;
  const began = new Date(note.slice(UNDER_WAY.length));
  return Number.isNaN(began.getTime()) ? undefined : began;
}

/** A resource of a state, as far as it names an object of the cluster. */
interface Known {
  inputs?: Record<string, unknown>;
}

interface LiveObject {
  metadata: {
    name: string;
    namespace?: string;
    creationTimestamp: string;
    managedFields?: { manager?: string }[];
  };
}

/** The Kubernetes provider applies each object under a manager of this prefix (pulumi-kubernetes, "Server-Side Apply"). */
const MANAGER = /^pulumi-kubernetes/;

/**
 * Removes what an update made that was killed before it could write the state: no refresh finds it, since no state
 * names it, and an update that makes it again would share its fields with a manager that is no more. Only what the
 * Kubernetes provider made, not before `since`: what a stack was told to keep is older, and what controllers make
 * (volume claims, pods) goes with its owner or is somebody's data.
 * @returns how many objects it removed
 */
export async function removeLeftBehind(
  kubeconfigPath: string,
  state: readonly Known[],
  since: Date,
): Promise<number> {
  const api = new KubeApi(targetOfKubeconfig(kubeconfigPath));
  try {
    const known = new Set(state.map(({ inputs = {} }) => knownId(inputs)));
    const types = (await resourceTypes(api)).filter(({ verbs }) => verbs.includes("delete"));
    const lists = await Promise.all(types.map((type) => leftOf(api, type, known, since)));
    const paths = lists.flat();
    await Promise.all(paths.map((path) => remove(api, path)));
    for (const path of paths) await waitUntil(`${path} to be gone`, () => isGone(api, path));
    return paths.length;
  } finally {
    api.close();
  }
}

/** Paths of the objects of a type that no state knows. */
async function leftOf(
  api: KubeApi,
  type: ResourceType,
  known: ReadonlySet<string>,
  since: Date,
): Promise<string[]> {
  const objects = await listObjects<LiveObject>(api, type.path);
  return objects
    .filter(({ metadata }) => !known.has(idOf(type, metadata)) && wasMade(metadata, since))
    .map(({ metadata: { name, namespace } }) =>
      [type.groupPath, ...(namespace ? ["namespaces", namespace] : []), type.name, name].join("/"),
    );
}

function wasMade({ creationTimestamp, managedFields = [] }: LiveObject["metadata"], since: Date): boolean {
  // The API server notes whole seconds.
  const began = Math.floor(since.getTime() / 1000) * 1000;
  return (
    Date.parse(creationTimestamp) >= began && managedFields.some(({ manager = "" }) => MANAGER.test(manager))
  );
}

function knownId(inputs: Record<string, unknown>): string {
  const { apiVersion, kind, metadata } = inputs as Partial<ResourceType> & Partial<LiveObject>;
  return apiVersion && kind && metadata ? idOf({ apiVersion, kind }, metadata) : "";
}

/** By group, not by version: a state can name another than the server prefers. */
function idOf(
  { apiVersion, kind }: Pick<ResourceType, "apiVersion" | "kind">,
  { namespace, name }: { namespace?: string; name: string },
): string {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  return [group, kind, namespace, name].join("/");
}

async function remove(api: KubeApi, path: string): Promise<void> {
  try {
    await api.delete(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Its own deletion, or that of its namespace or definition. */
async function isGone(api: KubeApi, path: string): Promise<boolean> {
  try {
    await api.get(path);
    return false;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
