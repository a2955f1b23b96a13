import type { Toleration } from "kubernetes-types/core/v1";

/** Kubernetes quantities: CPU in cores or millicores ("100m"), memory with a binary unit ("512Mi"). */
export interface Resources {
  requests: { cpu: string; memory: string };
  limits: { cpu: string; memory: string };
}

export type WorkloadKind = "DaemonSet" | "Deployment" | "StatefulSet" | "CronJob" | "Job";

/** What one workload's pods run with, once every override is applied. */
export interface WorkloadSettings {
  resources: Resources;
  replicas: number;
  tolerations: Toleration[];
  nodeSelector: Record<string, string>;
  priorityClassName: string | undefined;
  /** Image reference as it is pulled. */
  image: string;
}

/** Where a pod may run and how important it is: the part of a pod spec that overrides reach in every workload. */
export function scheduling({ priorityClassName, nodeSelector, tolerations }: WorkloadSettings) {
  return { nodeSelector, tolerations, ...(priorityClassName ? { priorityClassName } : {}) };
}

/** The same for the values of a chart, of which an empty text is the chart's word for no class. */
export function chartScheduling({ priorityClassName, nodeSelector, tolerations }: WorkloadSettings) {
  return { nodeSelector, tolerations, priorityClassName: priorityClassName ?? "" };
}
