import type { Global } from "../core/config/envelope-schema";
import type { HostEgress, PlannedFeature } from "../core/contract/contribution";
import type { Manifest, PlannedObject } from "../kubernetes/manifest";
import { NAME } from "./cilium-names";

/** Labels by which Cilium knows a pod's namespace. */
const POD_NAMESPACE = "k8s:io.kubernetes.pod.namespace";

/**
 * The features with the ways to hosts outside by name: a CiliumNetworkPolicy for each, in the place of what its NetworkPolicy
 * lets out by address, since policies add up.
 */
export function withHostPolicies(features: readonly PlannedFeature[], dns: Global["dns"]): PlannedFeature[] {
  const ways = features.flatMap(({ contribution }) => contribution.hostEgress ?? []);
  return features.map(({ contribution, ...feature }) => ({
    ...feature,
    contribution: {
      ...contribution,
      manifests: contribution.manifests.map((manifest) => withoutAddresses(manifest, ways)),
      ...(feature.name === NAME
        ? {
            customObjects: [
              ...(contribution.customObjects ?? []),
              ...ways.map((way) => hostPolicy(way, dns)),
            ],
          }
        : {}),
    },
  }));
}

function withoutAddresses(manifest: Manifest, ways: readonly HostEgress[]): Manifest {
  const { name, namespace } = manifest.metadata;
  const isReplaced = ways.some((way) => way.name === name && way.namespace === namespace);
  if (manifest.kind !== "NetworkPolicy" || !manifest.spec || !isReplaced) return manifest;
  const { egress = [], ...spec } = manifest.spec;
  const inside = egress.filter(({ to = [] }) => !to.some(({ ipBlock }) => ipBlock));
  return { ...manifest, spec: { ...spec, egress: inside } };
}

/**
 * Cilium learns a host's addresses from the answers that its DNS proxy passes on (Cilium docs, "DNS based"). What is never let
 * through is denied besides: whoever answers for a host's name could else lead to it.
 */
function hostPolicy({ name, namespace, pods, hosts, never }: HostEgress, dns: Global["dns"]): PlannedObject {
  const ports = (numbers: readonly number[]) =>
    numbers.map((port) => ({ port: String(port), protocol: "TCP" }));
  const asked = {
    ports: dns.ports.map((port) => ({ port: String(port), protocol: "ANY" })),
    rules: { dns: [{ matchPattern: "*" }] },
  };
  return {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name, namespace },
    spec: {
      endpointSelector: { matchLabels: pods },
      egress: [
        ...(dns.namespaces.length > 0
          ? [
              {
                toEndpoints: dns.namespaces.map((one) => ({ matchLabels: { [POD_NAMESPACE]: one } })),
                toPorts: [asked],
              },
            ]
          : []),
        ...(dns.networks.length > 0 ? [{ toCIDR: dns.networks, toPorts: [asked] }] : []),
        ...hosts.map(({ host, ports: numbers }) => ({
          toFQDNs: [{ matchName: host }],
          toPorts: [{ ports: ports(numbers) }],
        })),
      ],
      ...(never.length > 0
        ? { egressDeny: [{ toCIDRSet: never, toPorts: [{ ports: ports(portsOf(hosts)) }] }] }
        : {}),
    },
  };
}

function portsOf(hosts: HostEgress["hosts"]): number[] {
  return [...new Set(hosts.flatMap(({ ports }) => ports))].sort((a, b) => a - b);
}
