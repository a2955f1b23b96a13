import type { Global } from "../config/schema";
import type { Namespaces, PlannedFeature } from "../feature";
import type { Manifest } from "../kubernetes";
import { namespaceOf } from "../network-policy";

/** The PriorityClass of what runs on every node: above ordinary workloads, below the system's own. */
export const NODE_AGENT_PRIORITY_CLASS = "security-node-agent";

/**
 * What stands before any feature: the namespaces in use with their Pod Security level, each with a
 * NetworkPolicy that denies all but DNS. Features add what flows between them.
 */
export function planPlatform(
  namespaces: Namespaces,
  features: readonly PlannedFeature[],
  dns: Global["dns"],
): Manifest[] {
  const used = new Set(features.flatMap((f) => namespacesOf(f)));
  const levels = [
    { name: namespaces.privileged, level: "privileged" as const },
    { name: namespaces.restricted, level: "restricted" as const },
  ].filter(({ name }) => used.has(name));
  return [
    priorityClass(),
    ...levels.flatMap(({ name, level }) => [namespace(name, level), denyAll(name), allowDns(name, dns)]),
  ];
}

function namespacesOf({ contribution }: PlannedFeature): string[] {
  const objects = [
    ...contribution.manifests,
    ...(contribution.charts ?? []).map((chart) => ({ metadata: chart })),
  ];
  return objects.map((object) => object.metadata.namespace).filter((name) => name !== undefined);
}

function namespace(name: string, level: "privileged" | "restricted"): Manifest {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      labels: {
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/audit": level,
        "pod-security.kubernetes.io/warn": level,
      },
    },
  };
}

function denyAll(namespace: string): Manifest {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "default-deny", namespace },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  };
}

// NodeLocal DNSCache listens on the host's network, which no namespace selects (kubernetes.io, "Using NodeLocal DNSCache").
function allowDns(namespace: string, { namespaces, networks, ports }: Global["dns"]): Manifest {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "allow-dns", namespace },
    spec: {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [...namespaces.map(namespaceOf), ...networks.map((cidr) => ({ ipBlock: { cidr } }))],
          ports: ports.flatMap((port) => [
            { protocol: "UDP" as const, port },
            { protocol: "TCP" as const, port },
          ]),
        },
      ],
    },
  };
}

// A sensor that is evicted first under memory pressure is blind exactly when it is needed.
function priorityClass(): Manifest {
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: NODE_AGENT_PRIORITY_CLASS },
    value: 1_000_000,
    globalDefault: false,
    description: "Agents of the security stack that run on every node.",
  };
}
