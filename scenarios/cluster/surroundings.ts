import type { KubernetesObject } from "@kubernetes/client-node";
import { ESCAPE_NAMESPACE, NAMESPACE, RUN_LABEL } from "../model/names";

/** An object as it is sent to the API server. */
export type Manifest = KubernetesObject & { metadata: { name: string; namespace?: string } };

/**
 * What holds the test pods: a namespace by Pod Security level, no network but the way to the target, a quota that
 * leaves no room for more, and a service account without any right.
 */
export function surroundings(run: string): Manifest[] {
  return [
    ...namespaceWith(NAMESPACE, "restricted", run, 8),
    allowTarget(run),
    ...namespaceWith(ESCAPE_NAMESPACE, "privileged", run, 1),
  ];
}

function namespaceWith(name: string, level: string, run: string, pods: number): Manifest[] {
  const labels = { [RUN_LABEL]: run };
  const inside = (object: object & { kind: string }, objectName: string): Manifest =>
    ({ ...object, metadata: { name: objectName, namespace: name, labels } }) as Manifest;
  return [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name,
        labels: {
          ...labels,
          "pod-security.kubernetes.io/enforce": level,
          "pod-security.kubernetes.io/warn": "restricted",
          "pod-security.kubernetes.io/audit": "restricted",
        },
      },
    },
    inside(
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      } as object & { kind: string },
      "default-deny",
    ),
    inside(
      {
        apiVersion: "v1",
        kind: "ResourceQuota",
        spec: {
          hard: {
            pods: String(pods),
            "limits.cpu": `${pods * 200}m`,
            "limits.memory": `${pods * 128}Mi`,
            persistentvolumeclaims: "0",
            services: "0",
          },
        },
      } as object & { kind: string },
      "scenarios",
    ),
    inside(
      { apiVersion: "v1", kind: "ServiceAccount", automountServiceAccountToken: false } as object & {
        kind: string;
      },
      "ctem",
    ),
  ];
}

/** From the attacker to the target's port, both ends. */
function allowTarget(run: string): Manifest {
  const pod = (name: string) => ({ podSelector: { matchLabels: { "app.kubernetes.io/name": name } } });
  const ports = [{ protocol: "TCP", port: 80 }];
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "attacker-to-target", namespace: NAMESPACE, labels: { [RUN_LABEL]: run } },
    spec: {
      podSelector: {
        matchExpressions: [
          { key: "app.kubernetes.io/name", operator: "In", values: ["attacker", "target-nginx"] },
        ],
      },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [pod("attacker")], ports }],
      egress: [{ to: [pod("target-nginx")], ports }],
    },
  } as Manifest;
}
