/** Kinds of objects that are judged together. */
export interface Judged {
  group: string;
  versions: string[];
  /** With the subresources that change what is judged. */
  resources: string[];
  kinds: string[];
}

/** Pods, and what makes them. */
export const PODS: readonly Judged[] = [
  { group: "", versions: ["v1"], resources: ["pods", "pods/ephemeralcontainers"], kinds: ["Pod"] },
  {
    group: "apps",
    versions: ["v1"],
    resources: ["deployments", "daemonsets", "statefulsets", "replicasets"],
    kinds: ["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"],
  },
  { group: "batch", versions: ["v1"], resources: ["jobs", "cronjobs"], kinds: ["Job", "CronJob"] },
];

export const NAMESPACES_AND_PODS: readonly Judged[] = [
  { group: "", versions: ["v1"], resources: ["namespaces", "pods"], kinds: ["Namespace", "Pod"] },
];

/** Hosts outside of an Istio mesh; of the kind where there is one. */
export const SERVICE_ENTRIES: readonly Judged[] = [
  {
    group: "networking.istio.io",
    versions: ["v1", "v1beta1", "v1alpha3"],
    resources: ["serviceentries"],
    kinds: ["ServiceEntry"],
  },
];
