import { BlockList, isIPv6 } from "node:net";
import type { NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from "kubernetes-types/networking/v1";

/** A pod, or an address outside of the cluster's pods. */
export type Place =
  | { name: string; namespace: string; labels: Readonly<Record<string, string>> }
  | { name: string; address: string };

export interface Policy {
  namespace: string;
  spec: NetworkPolicySpec;
}

export interface Flow {
  from: Place;
  to: Place;
  port: number;
  protocol: "TCP" | "UDP";
}

interface Selector {
  matchLabels?: Readonly<Record<string, string>>;
  matchExpressions?: readonly unknown[];
}

/**
 * Whether Kubernetes' NetworkPolicies let a flow through: at its beginning and at its end, each of which is closed once a
 * policy selects the pod (kubernetes.io, "Network Policies").
 * @param podAddress of every pod: engines differ in whether an `ipBlock` is meant for pods too. Left out where it is not.
 */
export function isAllowed(policies: readonly Policy[], flow: Flow, podAddress?: string): boolean {
  const { from, to } = flow;
  return (
    opens(policies, "Egress", from, to, flow, podAddress) &&
    opens(policies, "Ingress", to, from, flow, podAddress)
  );
}

function opens(
  policies: readonly Policy[],
  direction: "Egress" | "Ingress",
  place: Place,
  peer: Place,
  flow: Flow,
  podAddress: string | undefined,
): boolean {
  if ("address" in place) return true;
  const ofPod = policies.filter(
    ({ namespace, spec }) =>
      namespace === place.namespace &&
      spec.policyTypes?.includes(direction) &&
      selects(spec.podSelector, place.labels),
  );
  if (ofPod.length === 0) return true;
  return ofPod.some(({ namespace, spec }) => {
    const rules =
      direction === "Egress"
        ? (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }))
        : (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }));
    return rules.some(
      ({ peers, ports }) =>
        hasPort(ports, flow) &&
        (peers === undefined || peers.some((one) => isPeer(one, peer, namespace, podAddress))),
    );
  });
}

function hasPort(ports: readonly NetworkPolicyPort[] | undefined, { port, protocol }: Flow): boolean {
  return (
    ports === undefined ||
    ports.some((one) => {
      if (one.endPort !== undefined || typeof one.port === "string")
        throw new Error("not evaluated: ranges and names of ports");
      return (one.protocol ?? "TCP") === protocol && (one.port === undefined || one.port === port);
    })
  );
}

function isPeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  place: Place,
  namespace: string,
  podAddress: string | undefined,
): boolean {
  if (ipBlock) {
    const address = "address" in place ? place.address : podAddress;
    if (address === undefined || !isWithin(address, ipBlock.cidr)) return false;
    return !ipBlock.except?.some((cidr) => isWithin(address, cidr));
  }
  if ("address" in place) return false;
  const labels = { "kubernetes.io/metadata.name": place.namespace };
  const isThere = namespaceSelector ? selects(namespaceSelector, labels) : place.namespace === namespace;
  return isThere && (podSelector === undefined || selects(podSelector, place.labels));
}

function selects(selector: Selector | undefined, labels: Readonly<Record<string, string>>): boolean {
  if (selector?.matchExpressions) throw new Error("not evaluated: matchExpressions");
  return Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

function isWithin(address: string, cidr: string): boolean {
  const [network = "", prefix = ""] = cidr.split("/");
  const family = (one: string) => (isIPv6(one) ? "ipv6" : "ipv4");
  if (family(network) !== family(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family(network));
  return list.check(address, family(address));
}
