import { type KubeConfig, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import type { Manifest } from "./surroundings";

/** A few verbs of the Kubernetes API on objects of any kind. */
export class ClusterApi {
  private readonly objects: KubernetesObjectApi;

  constructor(readonly config: KubeConfig) {
    this.objects = KubernetesObjectApi.makeApiClient(config);
  }

  create<T extends KubernetesObject>(object: T): Promise<T> {
    return this.objects.create(object);
  }

  replace<T extends KubernetesObject>(object: T): Promise<T> {
    return this.objects.replace(object);
  }

  /** The object, or undefined where there is none. */
  async read<T extends KubernetesObject>(object: Manifest): Promise<T | undefined> {
    const { apiVersion, kind, metadata } = object;
    try {
      return (await this.objects.read({ apiVersion, kind, metadata } as never)) as unknown as T;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** The pod of a name, or undefined. */
  readPod(name: string, namespace: string): Promise<LivePod | undefined> {
    return this.read<LivePod>({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace } });
  }

  /**
   * Deletes the object, at once where it has a time of grace; one that is gone is no error. With a uid only that very
   * one: another of its name is a conflict (409).
   */
  async delete(object: KubernetesObject, uid?: string): Promise<void> {
    const only = uid === undefined ? undefined : { preconditions: { uid } };
    try {
      await this.objects.delete(object, undefined, undefined, 0, undefined, undefined, only);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }

  async list<T extends KubernetesObject>(apiVersion: string, kind: string, labels?: string): Promise<T[]> {
    const { items } = await this.objects.list(
      apiVersion,
      kind,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      labels,
    );
    // The items of a list name neither.
    return items.map((item) => ({ ...item, apiVersion, kind })) as unknown as T[];
  }
}

export interface LivePod extends KubernetesObject {
  status?: {
    phase?: string;
    podIP?: string;
    conditions?: { type: string; status: string; message?: string }[];
    containerStatuses?: { state?: { waiting?: { reason?: string; message?: string } } }[];
  };
}

/** The HTTP status that the API server answered with; undefined where there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as { code?: unknown }).code === undefined
    ? undefined
    : Number((error as { code: unknown }).code);
}

/** The API server's own words. */
export function messageOf(error: unknown): string {
  const { body, message } = error as { body?: string; message?: string };
  return messageIn(body ?? "") || (message ?? String(error));
}

/** The message of a Status; the text itself where it is none. */
export function messageIn(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    return body;
  }
}
