/** Objects as the API server gives them, as far as the watch looks at them. */

export interface Metadata {
  name: string;
  namespace: string;
  uid: string;
  labels?: Record<string, string>;
  ownerReferences?: { kind: string; name: string; controller?: boolean }[];
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
}

export interface ContainerStatus {
  name: string;
  image: string;
  ready: boolean;
  restartCount: number;
  state?: { waiting?: { reason?: string; message?: string }; terminated?: Terminated };
  lastState?: { terminated?: Terminated };
}

export interface Terminated {
  exitCode: number;
  signal?: number;
  reason?: string;
  message?: string;
}

interface SecretSource {
  secret?: { secretName?: string; name?: string };
}

export interface Container {
  name: string;
  resources?: { limits?: { memory?: string } };
  env?: { valueFrom?: { secretKeyRef?: { name: string } } }[];
  envFrom?: { secretRef?: { name: string } }[];
}

export interface Pod {
  metadata: Metadata;
  spec: {
    nodeName?: string;
    containers: Container[];
    initContainers?: Container[];
    volumes?: (SecretSource & { projected?: { sources?: SecretSource[] } })[];
  };
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    /** When the kubelet took the pod up. */
    startTime?: string;
    nominatedNodeName?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

export interface Event {
  metadata: { uid: string; creationTimestamp?: string };
  lastTimestamp?: string | null;
  eventTime?: string | null;
  type: string;
  reason: string;
  message?: string;
  count?: number;
  series?: { count: number; lastObservedTime?: string };
  involvedObject: { kind: string; name: string; namespace?: string; uid?: string };
}

export interface Claim {
  metadata: Metadata;
  spec: { storageClassName?: string };
  status?: { phase?: string };
}

/** A controller of pods. */
export interface Workload {
  kind: string;
  metadata: Metadata;
  spec?: { replicas?: number };
  status?: { replicas?: number; desiredNumberScheduled?: number; currentNumberScheduled?: number };
}

/** What is in the stack's namespaces at one moment. */
export interface Snapshot {
  pods: readonly Pod[];
  events: readonly Event[];
  claims: readonly Claim[];
  /** Controllers; listed only while an event says that one of them can't make its pods. */
  workloads: readonly Workload[];
  /** Names of the cluster's CSI drivers; listed only while a claim waits for one, undefined where that is forbidden. */
  drivers: readonly string[] | undefined;
}

export function timesOf({ count, series }: Event): number {
  return series?.count ?? count ?? 1;
}

/** When it happened last, as text that sorts. */
export function lastOf({ series, lastTimestamp, eventTime, metadata }: Event): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "";
}
