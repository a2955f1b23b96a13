import { type Claim, type Event, type Snapshot, timesOf, type Workload } from "./live";
import { plainText } from "./plain-text";
import type { Trouble } from "./trouble";

const REFUSED_SECONDS = 30;
const CLAIM_SECONDS = 45;
/** Cloud disks take up to half a minute. */
const PROVISIONER_SECONDS = 75;

/** A claim that gets no volume. */
export function claimTrouble(claim: Claim, { events, drivers }: Snapshot): Trouble | undefined {
  const { metadata, status, spec } = claim;
  if (status?.phase !== "Pending" || metadata.deletionTimestamp) return undefined;
  const own = events.filter(({ involvedObject }) => involvedObject.uid === metadata.uid);
  // It waits for its pod to have a node, whose own trouble it then is.
  const last = own.findLast(({ reason }) => reason !== "WaitForFirstConsumer");
  if (!last) return undefined;
  const message = last.message ?? "";
  const driver = /external provisioner '([^']+)'/.exec(message)?.[1];
  const isMissing = driver !== undefined && drivers !== undefined && !drivers.includes(driver);
  const title = `PersistentVolumeClaim ${metadata.name} in ${metadata.namespace}`;
  const name =
    spec.storageClassName === undefined
      ? "the default StorageClass"
      : `StorageClass ${spec.storageClassName}`;
  const trouble = { key: `claim ${title}`, of: [metadata.uid] };
  if (driver !== undefined)
    return {
      ...trouble,
      what: `${title} waits for a volume of ${name}${isMissing ? `, whose driver ${plainText(driver)} is not installed in this cluster` : ""}: ${plainText(message)}`,
      fix: isMissing
        ? "Install that driver, or name another class (`output.elasticsearch.managed.storage.className`, `queue.storageClass` of `otel_pipeline`)."
        : "Look at the driver's pods: they make the volume.",
      toldAfter: 30,
      hopelessAfter: isMissing ? PROVISIONER_SECONDS : undefined,
    };
  if (last.type !== "Warning" && !/no storage class is set/.test(message)) return undefined;
  return {
    ...trouble,
    what: `${title} gets no volume of ${name}: ${plainText(message)}`,
    fix: `Name a class that the cluster has (\`kubectl get storageclass\`) in \`output.elasticsearch.managed.storage.className\` or \`queue.storageClass\` of \`otel_pipeline\`, then delete the claim: \`kubectl --namespace ${metadata.namespace} delete pvc ${metadata.name}\`.`,
    toldAfter: 5,
    hopelessAfter: CLAIM_SECONDS,
  };
}

/** A workload that may not make its pods: Pod Security, a quota, a webhook, a class of priority. */
export function refusalTroubles({ events, workloads }: Snapshot): Trouble[] {
  return workloads.filter(lacksPods).flatMap((workload) => {
    const refused = events.findLast(
      ({ reason, involvedObject }) =>
        reason === "FailedCreate" && involvedObject.uid === workload.metadata.uid,
    );
    return refused ? [refusalTrouble(workload, refused)] : [];
  });
}

function lacksPods({ kind, spec, status = {} }: Workload): boolean {
  if (kind === "DaemonSet")
    return (status.currentNumberScheduled ?? 0) < (status.desiredNumberScheduled ?? 1);
  return (status.replicas ?? 0) < (spec?.replicas ?? 1);
}

function refusalTrouble({ kind, metadata }: Workload, event: Event): Trouble {
  const message = event.message ?? "";
  const title = `${kind} ${metadata.name} in ${metadata.namespace}`;
  const fix = fixOfRefusal(message, metadata.namespace);
  return {
    key: `refused ${title}`,
    what: `${title}: the API server refuses its pods: ${plainText(message)}`,
    fix: fix ?? "Look at what refuses them; they are tried again.",
    // A ServiceAccount that comes a second later is nothing to tell of.
    toldAfter: fix || timesOf(event) > 5 ? 5 : 30,
    hopelessAfter: fix ? REFUSED_SECONDS : undefined,
    // A refusal of this update, also where the workload was there before.
    of: [event.metadata.uid],
  };
}

function fixOfRefusal(message: string, namespace: string): string | undefined {
  if (/violates PodSecurity/.test(message))
    return `Somebody changed the Pod Security level of namespace ${namespace} (label pod-security.kubernetes.io/enforce): \`npm run up -- --refresh --run-program\` sets what the stack needs.`;
  if (/exceeded quota/.test(message))
    return `Raise the ResourceQuota of namespace ${namespace}, or lower what the stack asks for (\`override\`).`;
  if (/denied the request/.test(message))
    return `Have that webhook or policy leave out namespace ${namespace}: the sensors need what it denies.`;
  if (/PriorityClass/.test(message))
    return "Name a class that exists in `override.<workload>.priorityClassName`.";
  return undefined;
}
