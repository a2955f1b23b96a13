import type { Manifest, Metadata } from "../kubernetes/manifest";
import { namespaceOf, networkPolicy, tcp } from "../kubernetes/network-policies";
import type { WorkloadNamespace } from "./namespace-schema";

/** What is in a hardened namespace beside the default deny and DNS, which the plan gives every namespace that it makes. */
export function namespaceManifests(namespace: WorkloadNamespace): Manifest[] {
  const metadata = { name: "security-stack", namespace: namespace.name };
  return [...traffic(namespace, metadata), limitRange(namespace, metadata), quota(namespace, metadata)];
}

function traffic(
  { within, ingressFrom, egressTo, egress }: WorkloadNamespace,
  metadata: Metadata,
): Manifest[] {
  const itself = within ? [{ podSelector: {} }] : [];
  const from = [...itself, ...ingressFrom.map(namespaceOf)];
  const to = [...itself, ...egressTo.map(namespaceOf)];
  const networks = egress.map(({ to: cidr, ports }) => ({
    to: [{ ipBlock: { cidr } }],
    ports: ports.map(tcp),
  }));
  if (from.length + to.length + networks.length === 0) return [];
  return [
    networkPolicy(
      metadata,
      {},
      {
        // An empty list of peers would be everyone.
        ingress: from.length > 0 ? [{ from }] : [],
        egress: [...(to.length > 0 ? [{ to }] : []), ...networks],
      },
    ),
  ];
}

function limitRange({ containers }: WorkloadNamespace, metadata: Metadata): Manifest {
  const { requests, limits } = containers;
  return {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata,
    spec: { limits: [{ type: "Container", defaultRequest: requests, default: limits }] },
  };
}

function quota({ quota: { pods, cpu, memory } }: WorkloadNamespace, metadata: Metadata): Manifest {
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata,
    spec: { hard: { pods: String(pods), "limits.cpu": cpu, "limits.memory": memory } },
  };
}
