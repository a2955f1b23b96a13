import { isIP } from "node:net";
import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
} from "kubernetes-types/networking/v1";
import type { Manifest, Metadata } from "./manifest";

/** What may flow to and from a workload's pods; nothing else does. */
export interface Traffic {
  ingress?: NetworkPolicyIngressRule[];
  egress?: NetworkPolicyEgressRule[];
}

/** A NetworkPolicy for the pods with these labels, in both directions. */
export function networkPolicy(
  metadata: Metadata,
  matchLabels: Readonly<Record<string, string>>,
  { ingress = [], egress = [] }: Traffic,
): Manifest {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata,
    spec: { podSelector: { matchLabels }, policyTypes: ["Ingress", "Egress"], ingress, egress },
  };
}

/** The API server has no pod to select and its address is not known here: its usual ports, anywhere. */
export function toApiServer(): NetworkPolicyEgressRule {
  return { to: ANYWHERE, ports: [tcp(443), tcp(6443)] };
}

/**
 * Something of others at `<service>.<namespace>.svc`: that namespace, at the port of its pods. A NetworkPolicy goes by
 * that and not by the Service's (kubernetes.io, Network Policies: what happens to rewritten addresses is undefined, and
 * kube-proxy rewrites first), so where it is not known every TCP port of the namespace is let through. At an IP address: that
 * address. At another name: a NetworkPolicy knows no host names, so only the port is fixed.
 */
export function toEndpoint(endpoint: string, podPort?: number): NetworkPolicyEgressRule {
  const url = new URL(endpoint);
  const port = Number(url.port || 443);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host))
    return { to: [{ ipBlock: { cidr: `${host}/${isIP(host) === 6 ? 128 : 32}` } }], ports: [tcp(port)] };
  const namespace = serviceNamespace(host);
  if (namespace === undefined) return { to: ANYWHERE, ports: [tcp(port)] };
  const ports = podPort === undefined ? ANY_TCP : [...new Set([podPort, port])].map(tcp);
  return { to: [namespaceOf(namespace)], ports };
}

/** Of a Service's name in the cluster, with or without its domain; undefined for other names. */
export function serviceNamespace(host: string): string | undefined {
  const [, namespace, kind] = host.split(".");
  return kind === "svc" ? namespace : undefined;
}

/** Where a pod gets the credentials of its role (EKS user guide, "EKS Pod Identity Agent"), over plain HTTP on its node. */
export function toPodIdentity(): NetworkPolicyEgressRule {
  return {
    to: [{ ipBlock: { cidr: "169.254.170.23/32" } }, { ipBlock: { cidr: "fd00:ec2::23/128" } }],
    ports: [tcp(80)],
  };
}

/** Without a port it is every one of the protocol. */
export const ANY_TCP = [{ protocol: "TCP" as const }];

/** Every address, of both families. */
export const ANYWHERE: NetworkPolicyPeer[] = [
  { ipBlock: { cidr: "0.0.0.0/0" } },
  { ipBlock: { cidr: "::/0" } },
];

/** Whom names are asked of. NodeLocal DNSCache listens on the host's network, which no namespace selects (kubernetes.io, "Using NodeLocal DNSCache"). */
export function toDns({ namespaces, networks, ports }: Dns): NetworkPolicyEgressRule {
  return {
    to: [...namespaces.map(namespaceOf), ...networks.map((cidr) => ({ ipBlock: { cidr } }))],
    ports: ports.flatMap((port) => [
      { protocol: "UDP" as const, port },
      { protocol: "TCP" as const, port },
    ]),
  };
}

interface Dns {
  namespaces: readonly string[];
  networks: readonly string[];
  ports: readonly number[];
}

/** All pods of a namespace. */
export function namespaceOf(name: string): NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}

export function tcp(port: number) {
  return { protocol: "TCP" as const, port };
}
