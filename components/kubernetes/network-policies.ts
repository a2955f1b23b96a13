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
 * Elasticsearch at `<service>.<namespace>.svc`: that namespace. At an IP address: that address. At another
 * name: a NetworkPolicy knows no host names, so only the port is fixed.
 */
export function toEndpoint(endpoint: string): NetworkPolicyEgressRule {
  const url = new URL(endpoint);
  const ports = [tcp(Number(url.port || 443))];
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const [, namespace, kind] = host.split(".");
  if (isIP(host)) return { to: [{ ipBlock: { cidr: `${host}/${isIP(host) === 6 ? 128 : 32}` } }], ports };
  if (namespace && kind === "svc") return { to: [namespaceOf(namespace)], ports };
  return { to: ANYWHERE, ports };
}

/** Every address, of both families. */
export const ANYWHERE: NetworkPolicyPeer[] = [
  { ipBlock: { cidr: "0.0.0.0/0" } },
  { ipBlock: { cidr: "::/0" } },
];

/** All pods of a namespace. */
export function namespaceOf(name: string): NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}

export function tcp(port: number) {
  return { protocol: "TCP" as const, port };
}
