import type { DenyPolicy } from "../../core/contract/contribution";
import { ApiError, type ClusterClient, type Write } from "../../node-program/cluster-client";
import { DELETION_COST, FINDING, KEPT_LABELS, POLICY_PREFIX, QUARANTINE_LABEL } from "../marks";
import { joinLabels, keptLabels, type Pod, quarantineOf } from "./pod";
import { type PolicyObject, stillAllowing } from "./selecting-policies";

/** The pod that was meant is not there any more. */
export class PodGone extends Error {}

type Place = Pick<Pod["metadata"], "namespace" | "name" | "uid">;

/** By them a controller finds its pods and counts them; without it a released pod stays on its own. */
const OF_CONTROLLERS = ["pod-template-hash", "controller-uid", "batch.kubernetes.io/controller-uid"];
/** The lowest that there is (kubernetes.io, "Pod deletion cost": a 32-bit number). */
const LOWEST_COST = "-2147483648";
// The kubelet writes to a pod's status at any time, and with it changes the pod's version.
const TRIES = 5;
const NOTE_CHARACTERS = 500;

/** What is done with pods. Each of these may be done twice, or be cut off anywhere and done again. */
export class PodsClient {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly denyPolicies: readonly DenyPolicy[],
  ) {}

  async find({ namespace, name }: Omit<Place, "uid">): Promise<Pod | undefined> {
    return this.cluster.get<Pod>(podPath(namespace, name));
  }

  /** How many pods have this controller. */
  async countOf(namespace: string, controller: string): Promise<number> {
    const pods = await this.cluster.list<Pod>(podPath(namespace));
    return pods.filter(({ metadata }) =>
      metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === controller),
    ).length;
  }

  async annotate(place: Place, note: string, write: Write = {}): Promise<void> {
    await this.change(place, () => ({ annotations: { [FINDING]: note.slice(0, NOTE_CHARACTERS) } }), write);
  }

  async evict({ namespace, name, uid }: Place, write: Write = {}): Promise<void> {
    const body = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { namespace, name },
      deleteOptions: { preconditions: { uid } },
    };
    try {
      await this.cluster.create(`${podPath(namespace, name)}/eviction`, body, write);
    } catch (error) {
      // Of another UID it is a conflict (k8s.io/kubernetes, pkg/registry/core/pod/storage/eviction.go).
      if (error instanceof ApiError && (error.status === 404 || error.status === 409))
        throw new PodGone(error.message);
      throw error;
    }
  }

  /**
   * The policies first: a pod that has them and not yet the label is as before, one that has the label is cut off.
   * @returns names of policies that still let something through; none where one of the network's own denies all
   */
  async quarantine(place: Place, id: string, write: Write = {}): Promise<string[]> {
    const { namespace } = place;
    await this.cluster.create(policyPath(namespace), denyAll(namespace, id), write);
    for (const policy of this.denyPolicies)
      await this.cluster.create(denyPath(policy, namespace), denyPolicy(policy, namespace, id), write);
    await this.change(place, (pod) => quarantineOf(pod) === undefined && putInto(pod, id), write);
    if (this.denyPolicies.length > 0) return [];
    return stillAllowing(await this.cluster.list<PolicyObject>(policyPath(namespace)), {
      [QUARANTINE_LABEL]: id,
    });
  }

  /** The labels first, then the policies. @throws PodGone after those were removed */
  async release(place: Place, id: string, rejoins: boolean): Promise<void> {
    try {
      await this.change(place, (pod) => quarantineOf(pod) === id && takeOut(pod, rejoins), {});
    } catch (error) {
      if (error instanceof PodGone) await this.removePolicies(place.namespace, id);
      throw error;
    }
    await this.removePolicies(place.namespace, id);
  }

  async removePolicies(namespace: string, id: string): Promise<void> {
    const name = `${POLICY_PREFIX}${id}`;
    for (const policy of this.denyPolicies) await this.cluster.remove(denyPath(policy, namespace, name));
    await this.cluster.remove(policyPath(namespace, name));
  }

  /** Writes what `make` says of the pod as it is; nothing where that is false. */
  private async change(
    place: Place,
    make: (pod: Pod) => false | { labels?: object; annotations: object },
    write: Write,
  ): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const pod = await this.find(place);
      if (pod?.metadata.uid !== place.uid)
        throw new PodGone(pod ? "another pod has its name now" : "the pod is gone");
      const { uid, resourceVersion } = pod.metadata;
      const made = make(pod);
      if (made === false) return;
      try {
        const metadata = { uid, resourceVersion, ...made };
        await this.cluster.patch(podPath(place.namespace, place.name), { metadata }, write);
        return;
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 409) || tries === TRIES) throw error;
      }
    }
  }
}

function putInto({ metadata: { labels = {} } }: Pod, id: string) {
  const gone = Object.fromEntries(Object.keys(labels).map((key) => [key, null]));
  return {
    labels: { ...gone, [QUARANTINE_LABEL]: id },
    annotations: { [KEPT_LABELS]: joinLabels(labels) },
  };
}

/** Just the labels that it had: what somebody put on it meanwhile goes too. */
function takeOut(pod: Pod, rejoins: boolean) {
  const kept = Object.entries(keptLabels(pod));
  const given = rejoins ? kept : kept.filter(([key]) => !OF_CONTROLLERS.includes(key));
  const gone = Object.keys(pod.metadata.labels ?? {}).map((key) => [key, null]);
  return {
    labels: { ...Object.fromEntries(gone), ...Object.fromEntries(given) },
    annotations: { [KEPT_LABELS]: null, ...(rejoins ? { [DELETION_COST]: LOWEST_COST } : {}) },
  };
}

function denyAll(namespace: string, id: string): object {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `${POLICY_PREFIX}${id}`, namespace },
    spec: { podSelector: { matchLabels: { [QUARANTINE_LABEL]: id } }, policyTypes: ["Ingress", "Egress"] },
  };
}

function denyPolicy({ apiVersion, kind, selector, spec }: DenyPolicy, namespace: string, id: string): object {
  return {
    apiVersion,
    kind,
    metadata: { name: `${POLICY_PREFIX}${id}`, namespace },
    spec: { [selector]: { matchLabels: { [QUARANTINE_LABEL]: id } }, ...spec },
  };
}

function podPath(namespace: string, name?: string): string {
  return `/api/v1/namespaces/${namespace}/pods${name === undefined ? "" : `/${name}`}`;
}

function denyPath({ apiVersion, plural }: DenyPolicy, namespace: string, name?: string): string {
  return `/apis/${apiVersion}/namespaces/${namespace}/${plural}${name === undefined ? "" : `/${name}`}`;
}

function policyPath(namespace: string, name?: string): string {
  return `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies${name === undefined ? "" : `/${name}`}`;
}
