import type { Container, ContainerStatus, Event, Pod, Terminated } from "./live";
import { evictedTrouble, nodeOf, silentNodeTrouble } from "./node-troubles";
import { plainText } from "./plain-text";
import { schedulingTrouble } from "./scheduling-trouble";
import { type Trouble, troubleOf } from "./trouble";

/** A third restart comes some 70 s after the first start: 10, 20 and 40 s of back-off (kubernetes.io, "Container restarts"). */
const RESTARTS_OF_A_LOOP = 3;
/** Long enough for the kubelet to have pulled three times. */
const PULLING_SECONDS = 60;
const STARTING_SECONDS = 45;
/** ECK and the program make Secrets some time after the pods that mount them. */
const UNUSUAL_SECONDS = 90;

/** What keeps a pod from becoming ready. Pods of Jobs are left out: no update waits for the scans of an operator. */
export function podTroubles(pod: Pod, events: readonly Event[]): Trouble[] {
  const { metadata, status = {} } = pod;
  if (metadata.ownerReferences?.some(({ kind }) => kind === "Job")) return [];
  const silent = silentNodeTrouble(pod);
  if (silent || metadata.deletionTimestamp) return silent ? [silent] : [];
  const own = events.filter(({ involvedObject }) => involvedObject.uid === metadata.uid);
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const found = [
    schedulingTrouble(pod, own),
    evictedTrouble(pod),
    volumeTrouble(pod, own),
    ...containers.map((container) => containerTrouble(pod, container, own)),
    probeTrouble(pod, own),
  ].filter((trouble) => trouble !== undefined);
  // The first says why the others are.
  return found.slice(0, 1);
}

function containerTrouble(pod: Pod, status: ContainerStatus, events: readonly Event[]): Trouble | undefined {
  const { reason = "", message = "" } = status.state?.waiting ?? {};
  if (
    /^(ErrImage|ImagePull|InvalidImageName|ImageInspect|RegistryUnavailable|SignatureValidation)/.test(reason)
  )
    return pullTrouble(pod, status, pulled(status, message, events));
  if (/^(CreateContainer|RunContainer|PreCreateHook|PreStartHook|PostStartHook)/.test(reason))
    return startTrouble(pod, status, message);
  if (!status.ready && status.restartCount >= RESTARTS_OF_A_LOOP) return crashTrouble(pod, status, events);
  return undefined;
}

/** The kubelet says "Back-off pulling image" while it waits, and what was wrong in the event before. */
function pulled({ image }: ContainerStatus, message: string, events: readonly Event[]): string {
  const failed = events.findLast(
    (event) => event.reason === "Failed" && event.message?.includes(image) && /pull/i.test(event.message),
  );
  return message.startsWith("Back-off") ? (failed?.message ?? message) : message;
}

function pullTrouble(pod: Pod, { name, image }: ContainerStatus, message: string): Trouble {
  return troubleOf(pod, `image ${name}`, {
    what: `the image ${plainText(image)} of container ${name} can't be pulled on ${nodeOf(pod)}: ${plainText(message)}`,
    fix: "Check its name (`override.<workload>.image`, `global.imageRegistry`), that the nodes reach its registry, and that it needs no login.",
    toldAfter: 5,
    hopelessAfter: PULLING_SECONDS,
  });
}

function startTrouble(pod: Pod, { name }: ContainerStatus, message: string): Trouble {
  const missing = /(secret|configmap) "[^"]*" not found|couldn't find key|no such (secret|config)/i.test(
    message,
  );
  return troubleOf(pod, `start ${name}`, {
    what: `container ${name} can't be started: ${plainText(message)}`,
    fix: missing
      ? "Create what is missing; the pod then starts by itself."
      : "Correct what it names in the stack's config (`override`, the feature's own keys), or allow it on the nodes.",
    toldAfter: missing ? UNUSUAL_SECONDS : 5,
    hopelessAfter: missing ? undefined : STARTING_SECONDS,
  });
}

function crashTrouble(pod: Pod, status: ContainerStatus, events: readonly Event[]): Trouble {
  const { name, restartCount } = status;
  const last = status.lastState?.terminated ?? status.state?.terminated;
  const isOutOfMemory = last?.reason === "OOMKilled";
  const probe = events.findLast(
    ({ reason, message }) => reason === "Unhealthy" && /^(Live|Start)/.test(message ?? ""),
  );
  const limit = containerOf(pod, name)?.resources?.limits?.memory;
  return troubleOf(pod, `crash ${name}`, {
    what: isOutOfMemory
      ? `container ${name} was started ${restartCount + 1} times, and killed for using more memory than its limit of ${limit ?? "the node's memory"}`
      : `container ${name} was started ${restartCount + 1} times and does not stay: ${endOf(last)}${probe ? `; ${plainText(probe.message ?? "")}` : ""}`,
    fix: isOutOfMemory
      ? "Raise `override.<workload>.resources.limits.memory`."
      : `Correct what its last lines name; all of them: \`kubectl --namespace ${pod.metadata.namespace} logs ${pod.metadata.name} --container ${name} --previous\`.`,
    container: { pod, name },
    toldAfter: 0,
    hopelessAfter: 10,
  });
}

function endOf(terminated: Terminated | undefined): string {
  if (!terminated) return "how it ended is not known";
  const { exitCode, signal, reason, message } = terminated;
  const how = signal ? `it was ended by signal ${signal}` : `it ended with exit code ${exitCode}`;
  const why = [reason === "Error" ? undefined : reason, message].filter(Boolean).join(": ");
  return why ? `${how} (${plainText(why)})` : how;
}

function containerOf({ spec }: Pod, name: string): Container | undefined {
  return [...spec.containers, ...(spec.initContainers ?? [])].find((container) => container.name === name);
}

function volumeTrouble(pod: Pod, events: readonly Event[]): Trouble | undefined {
  if (!isStarting(pod)) return undefined;
  const failed = events.findLast(({ reason }) => reason === "FailedMount" || reason === "FailedAttachVolume");
  if (!failed) return undefined;
  const message = failed.message ?? "";
  const isHostPath = /hostPath type check failed/.test(message);
  return troubleOf(pod, "volume", {
    what: `a volume can't be mounted on ${nodeOf(pod)}: ${plainText(message)}`,
    fix: isHostPath
      ? "The path is not there on this node: correct it in the feature's config, or keep the workload from such nodes (`override.<workload>.nodeSelector`)."
      : "Create what is missing, or wait for what another pod has; the pod then starts by itself.",
    toldAfter: isHostPath ? 5 : UNUSUAL_SECONDS,
    hopelessAfter: isHostPath ? STARTING_SECONDS : undefined,
  });
}

function isStarting({ spec, status = {} }: Pod): boolean {
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return (
    status.phase === "Pending" &&
    spec.nodeName !== undefined &&
    containers.every(({ state }) =>
      /^(ContainerCreating|PodInitializing|)$/.test(state?.waiting?.reason ?? ""),
    )
  );
}

/** Runs and does not say that it is ready. A database may take its time. */
function probeTrouble(pod: Pod, events: readonly Event[]): Trouble | undefined {
  const unready = pod.status?.containerStatuses?.find(({ ready, state }) => !ready && !state?.waiting);
  const probe = events.findLast(
    ({ reason, message }) => reason === "Unhealthy" && /^Readiness/.test(message ?? ""),
  );
  if (pod.status?.phase !== "Running" || !unready || !probe) return undefined;
  return troubleOf(pod, `ready ${unready.name}`, {
    what: `container ${unready.name} runs and is not ready: ${plainText(probe.message ?? "")}`,
    fix: `Look at what it waits for: \`kubectl --namespace ${pod.metadata.namespace} logs ${pod.metadata.name} --container ${unready.name}\`.`,
    container: { pod, name: unready.name },
    toldAfter: UNUSUAL_SECONDS,
    hopelessAfter: undefined,
  });
}
