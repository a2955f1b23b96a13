import type { Container, PodSpec, Volume } from "kubernetes-types/core/v1";
import type { Manifest, Metadata } from "./manifest";

/** A DaemonSet whose pods have one label, by which they are found. */
export interface NodePods {
  metadata: Metadata;
  /** Labels of the pods, and what selects them. */
  labels: Record<string, string>;
  annotations: Record<string, string>;
  spec: PodSpec;
}

/** Every tenth node at a time is without its pod during a rollout, at least one. */
export const NODE_ROLLOUT = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } } as const;

/** A pod on every node. */
export function daemonSet({ metadata, labels, annotations, spec }: NodePods): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata,
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: NODE_ROLLOUT,
      template: { metadata: { labels, annotations }, spec },
    },
  };
}

/** An account whose token no pod gets unless it asks. */
export function serviceAccount(metadata: Metadata): Manifest {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false };
}

/** One pod of a workload at a time may be taken from its node. */
export function disruptionBudget(metadata: Metadata, labels: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata,
    spec: { maxUnavailable: 1, selector: { matchLabels: { ...labels } } },
  };
}

/** What every container has that needs no right of its own; Pod Security's level "restricted" asks for it. */
export const RESTRICTED = {
  privileged: false,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
} satisfies Container["securityContext"];

/** A folder of the node, made where it is missing. */
export function hostFolder(name: string, path: string): Volume {
  return { name, hostPath: { path, type: "DirectoryOrCreate" } };
}

/**
 * A Secret as files, or of it the given keys. They belong to root and the pod's group, which has to be the container's
 * (`fsGroup`).
 */
export function secretVolume(name: string, secretName: string, keys?: readonly string[]): Volume {
  const items = keys && { items: keys.map((key) => ({ key, path: key })) };
  return { name, secret: { secretName, defaultMode: 0o440, ...items } };
}
