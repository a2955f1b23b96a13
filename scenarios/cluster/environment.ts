import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "@kubernetes/client-node";
import { ESCAPE_NAMESPACE, NAMESPACE, RUN_LABEL } from "../model/names";
import type { PodName } from "../model/scenario-schema";
import { type ClusterApi, type LivePod, messageOf, statusOf } from "./api";
import { ATTACK_RIGHTS, type Right } from "./rights";
import { RunRefused } from "./runner-errors";
import { type Manifest, surroundings } from "./surroundings";
import { podManifest } from "./test-pods";

const POLL_MS = 250;
const GONE_SECONDS = 120;
const NAMESPACES = [NAMESPACE, ESCAPE_NAMESPACE];

/** Makes namespaces, their limits and the pods, and waits until the pods are ready. */
export async function setUp(
  api: ClusterApi,
  pods: readonly PodName[],
  run: string,
  options: { registry?: string; readySeconds: number; signal?: AbortSignal; say: (line: string) => void },
): Promise<void> {
  for (const object of surroundings(run)) await api.create(object);
  options.say("namespaces made");
  for (const pod of pods) await createPod(api, podManifest(pod, run, options.registry) as Manifest);
  await Promise.all(
    pods.map((pod) =>
      waitUntilReady(api, podManifest(pod, run) as Manifest, options.readySeconds, options.signal),
    ),
  );
  options.say(`pods ready: ${pods.join(", ")}`);
}

/** Creates a pod, in words of the API server where it is refused. */
export async function createPod(api: ClusterApi, pod: Manifest): Promise<void> {
  try {
    await api.create(pod);
  } catch (error) {
    throw new Error(`pod ${pod.metadata.name}: ${messageOf(error)}`);
  }
}

/** @throws with what the pod waits for when its time is over */
export async function waitUntilReady(
  api: ClusterApi,
  { metadata: { name, namespace = "" } }: Manifest,
  seconds: number,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const pod = await api.readPod(name, namespace);
    if (pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")) return;
    const ended = ["Succeeded", "Failed"].includes(pod?.status?.phase ?? "");
    if (ended || Date.now() > deadline) throw new Error(`pod ${name} is not ready: ${reasonOf(pod)}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

function reasonOf(pod: LivePod | undefined): string {
  if (!pod) return "it is not there";
  const waiting = pod.status?.containerStatuses?.map(({ state }) => state?.waiting).find(Boolean);
  const unmet = pod.status?.conditions?.find(({ status, message }) => status === "False" && message);
  return waiting
    ? `${waiting.reason}: ${waiting.message ?? ""}`
    : (unmet?.message ?? pod.status?.phase ?? "no status");
}

/**
 * Removes everything that a run made, this one's or one's before that was killed, and waits until it is gone.
 * @throws RunRefused where a namespace of that name is not of our making
 */
export async function tearDown(api: ClusterApi): Promise<boolean> {
  const found = await Promise.all(NAMESPACES.map((name) => api.read<Manifest>(namespace(name))));
  const present = found.filter((one) => one !== undefined);
  for (const { metadata } of present) {
    const labels = (metadata as { labels?: Record<string, string> }).labels;
    if (labels?.[RUN_LABEL] === undefined)
      throw new RunRefused(
        `The namespace ${metadata.name} is there and was not made by the scenarios.`,
        "Remove or rename it: everything in it would be deleted.",
      );
  }
  // Pods first: the namespace controller waits before it looks again for what had pods in it.
  if (present.length > 0)
    await Promise.all((await api.list("v1", "Pod", RUN_LABEL)).map((pod) => api.delete(pod)));
  await Promise.all(present.map(({ metadata }) => api.delete(namespace(metadata.name))));
  const further = await removeLabelled(api);
  const deadline = Date.now() + GONE_SECONDS * 1000;
  for (const { metadata } of present) await waitUntilGone(api, namespace(metadata.name), deadline);
  return present.length > 0 || further;
}

/** Kinds of objects of the whole cluster that attacks make. */
const CLUSTER_KINDS = [
  ["v1", "Namespace"],
  ["rbac.authorization.k8s.io/v1", "ClusterRole"],
  ["admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"],
] as const;

/** What attacks made outside of the namespaces; nothing where it may not be listed, as it could not be made either. */
async function removeLabelled(api: ClusterApi): Promise<boolean> {
  const found = await Promise.all(
    CLUSTER_KINDS.map(([version, kind]) => api.list(version, kind, RUN_LABEL).catch(nothingIfRefused)),
  );
  const own = found.flat().filter(({ metadata }) => metadata?.name?.startsWith("ctem-"));
  const others = own.filter(({ metadata }) => !NAMESPACES.includes(metadata?.name ?? ""));
  await Promise.all(others.map((object) => api.delete(object)));
  return others.length > 0;
}

function nothingIfRefused(error: unknown): [] {
  if (statusOf(error) === 403) return [];
  throw error;
}

async function waitUntilGone(api: ClusterApi, object: Manifest, deadline: number): Promise<void> {
  while (await api.read(object)) {
    if (Date.now() > deadline)
      throw new Error(
        `the namespace ${object.metadata.name} is not gone after ${GONE_SECONDS} s: kubectl get all -n ${object.metadata.name}`,
      );
    await sleep(POLL_MS);
  }
}

function namespace(name: string): Manifest {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** Rights that are missing, as "create pods/exec". */
export async function missingRights(api: ClusterApi): Promise<string[]> {
  const answers = await Promise.all(
    ATTACK_RIGHTS.flatMap(questions).map(async ({ right, attributes }) => {
      const review = (await api.create({
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { ...attributes, namespace: NAMESPACE } },
      } as KubernetesObject)) as { status?: { allowed?: boolean } };
      return review.status?.allowed ? undefined : right;
    }),
  );
  return answers.filter((right) => right !== undefined);
}

/** A rule's rights one by one, as `kubectl auth can-i` asks for them. */
function questions({ apiGroups, resources, verbs, resourceNames = [""] }: Right) {
  return apiGroups.flatMap((group) =>
    resources.flatMap((path) =>
      verbs.flatMap((verb) =>
        resourceNames.map((name) => {
          const [resource, subresource] = path.split("/");
          const right = `${verb} ${path}${name && ` ${name}`}`;
          return { right, attributes: { verb, group, resource, subresource, name } };
        }),
      ),
    ),
  );
}

interface DaemonSet extends KubernetesObject {
  metadata: { name: string; namespace: string };
  status?: { numberReady?: number; desiredNumberScheduled?: number };
}

/** DaemonSets of the stack that are not ready on all nodes: "falco 1/2". None at all is told as well. */
export async function sensorsNotReady(api: ClusterApi): Promise<string[]> {
  try {
    const sets = await api.list<DaemonSet>(
      "apps/v1",
      "DaemonSet",
      "app.kubernetes.io/part-of=security-stack",
    );
    if (sets.length === 0) return ["no sensor of the stack is there"];
    return sets
      .map(({ metadata, status }) => ({
        name: metadata.name,
        ready: status?.numberReady ?? 0,
        wanted: status?.desiredNumberScheduled ?? 0,
      }))
      .filter(({ ready, wanted }) => ready < wanted || wanted === 0)
      .map(({ name, ready, wanted }) => `${name} ${ready}/${wanted}`);
  } catch (error) {
    if (statusOf(error) === 403) return ["the sensors can't be looked at: no right to list DaemonSets"];
    throw error;
  }
}

/** Namespaces that have Deployments, StatefulSets or DaemonSets; undefined where they may not be listed. */
export async function workloadNamespaces(api: ClusterApi): Promise<string[] | undefined> {
  try {
    const kinds = ["Deployment", "StatefulSet", "DaemonSet"];
    const found = await Promise.all(kinds.map((kind) => api.list("apps/v1", kind)));
    return [...new Set(found.flat().map(({ metadata }) => metadata?.namespace ?? ""))].sort();
  } catch (error) {
    if (statusOf(error) === 403) return undefined;
    throw error;
  }
}
