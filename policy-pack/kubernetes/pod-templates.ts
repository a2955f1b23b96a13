import type { KubernetesObject } from "./object";

/** Pods that an object makes. */
export interface Pods {
  owner: KubernetesObject;
  /** Of the pods; those of the owner where a custom object gives its pods none. */
  labels: Record<string, string>;
  annotations: Record<string, string>;
  spec: unknown;
  /** One on every node, or a number in the cluster. */
  placement: "node" | number;
  /** They run until they are stopped, not until they are done. */
  longRunning: boolean;
  /** Of a custom object, whose operator fills in what is missing: only what is there can be judged. */
  partial: boolean;
  /** Where in the owner, for messages; empty where there is only one place. */
  where: string;
}
