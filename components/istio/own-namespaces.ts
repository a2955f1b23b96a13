import type {
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicySpec,
} from "kubernetes-types/networking/v1";
import type { PlannedFeature, PodAccount } from "../core/contract/contribution";
import type { FeatureNamespace, Namespaces } from "../core/contract/namespaces";
import { MESHED_BY_CONFIG } from "../kubernetes/labels";
import type { Manifest, PlannedObject } from "../kubernetes/manifest";
import { networkPolicy, tcp } from "../kubernetes/network-policies";
import { podTemplateOf } from "../kubernetes/pod-spec";
import { HBONE_PORT, IN_MESH, PROBES } from "./istio-names";
import { peerAuthentication } from "./mtls";
import { principalOf } from "./waypoint";

const OWNER = "istio";
const NAMESPACE_NAME = "kubernetes.io/metadata.name";

type Policy = Extract<Manifest, { kind: "NetworkPolicy" }>;

/** Who is in the mesh, and who runs as whom. */
interface Members {
  namespaces: ReadonlySet<string>;
  accounts: readonly PodAccount[];
}

/** The stack's own namespaces with the label of the mesh. */
export function joinedNamespaces({ privileged, restricted }: Namespaces): FeatureNamespace[] {
  const labels = { ...IN_MESH, ...MESHED_BY_CONFIG };
  return [
    { name: privileged, podSecurity: "privileged", labels },
    { name: restricted, podSecurity: "restricted", labels },
  ];
}

/** What the API server and scrapers of other namespaces send is in clear, whatever the mesh's own mode. */
export function inClearToo(namespace: string): PlannedObject {
  return peerAuthentication("default", namespace, { mtls: { mode: "PERMISSIVE" } });
}

/** Lets the kubelet's probes in, which come from another address than without the mesh. */
export function probesPolicy(namespace: string): Manifest {
  return networkPolicy(
    { name: "security-stack-mesh", namespace },
    {},
    { ingress: [{ from: [{ ipBlock: { cidr: PROBES } }] }] },
  );
}

/**
 * The features with the stack's namespaces in the mesh. The NetworkPolicies that they have planned are the one source of what
 * flows: each gets the mesh's port for its peers in the mesh, and an AuthorizationPolicy beside it that says who may reach which
 * port, since that one port carries all others.
 * @param own The stack's namespaces.
 * @param others Further namespaces of the mesh.
 */
export function withOwnNamespaces(
  features: readonly PlannedFeature[],
  own: readonly string[],
  others: readonly string[],
): PlannedFeature[] {
  const manifests = features.flatMap(({ contribution }) => contribution.manifests);
  const members = {
    namespaces: new Set([...own, ...others]),
    accounts: [
      ...manifests.flatMap(accountOf),
      ...features.flatMap(({ contribution }) => contribution.accounts ?? []),
    ],
  };
  const isOwn = (manifest: Manifest): manifest is Policy =>
    manifest.kind === "NetworkPolicy" && own.includes(manifest.metadata.namespace ?? "");
  const policies = manifests.filter(isOwn).filter(({ metadata }) => metadata.name !== "security-stack-mesh");
  const authorizations = [
    ...own.map(nothingAllowed),
    ...policies.map((policy) => authorizationPolicy(policy, members)),
  ];
  return features.map(({ contribution, ...feature }) => ({
    ...feature,
    contribution: {
      ...contribution,
      manifests: contribution.manifests.map((one) => (isOwn(one) ? withMeshPort(one, members) : one)),
      ...(feature.name === OWNER
        ? { customObjects: [...(contribution.customObjects ?? []), ...authorizations] }
        : {}),
    },
  }));
}

/** The default deny of a namespace: what no other policy allows is refused (istio.io, Authorization Policy: allow-nothing). */
function nothingAllowed(namespace: string): PlannedObject {
  return { ...AUTHORIZATION, metadata: { name: "default-deny", namespace }, spec: {} };
}

const AUTHORIZATION = { apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy" } as const;

function withMeshPort(policy: Policy, { namespaces }: Members): Manifest {
  const { spec } = policy;
  if (!spec) return policy;
  const inMesh = (peers: readonly NetworkPolicyPeer[] = []) =>
    distinct(peers.filter((peer) => namespaces.has(namespaceOf(peer, policy) ?? "")));
  const from = inMesh((spec.ingress ?? []).flatMap((rule) => rule.from ?? []));
  const to = inMesh((spec.egress ?? []).flatMap((rule) => rule.to ?? []));
  const ports = [tcp(HBONE_PORT)];
  const changed: NetworkPolicySpec = {
    ...spec,
    ingress: [...(spec.ingress ?? []), ...(from.length > 0 ? [{ from, ports }] : [])],
    egress: [...(spec.egress ?? []), ...(to.length > 0 ? [{ to, ports }] : [])],
  };
  return { ...policy, spec: changed };
}

/** Who may reach the pods of a NetworkPolicy, by the identities that the mesh gives: at layer 4, so that no waypoint is needed. */
function authorizationPolicy(policy: Policy, members: Members): PlannedObject {
  const { name, namespace } = policy.metadata;
  const matchLabels = policy.spec?.podSelector.matchLabels ?? {};
  const rules = (policy.spec?.ingress ?? []).map((rule) => ruleOf(rule, policy, members));
  return {
    ...AUTHORIZATION,
    metadata: { name, namespace },
    spec: {
      ...(Object.keys(matchLabels).length > 0 ? { selector: { matchLabels } } : {}),
      action: "ALLOW",
      // Without a rule it allows nothing.
      ...(rules.length > 0 ? { rules } : {}),
    },
  };
}

function ruleOf({ from, ports }: NetworkPolicyIngressRule, policy: Policy, members: Members): object {
  const numbers = (ports ?? []).map(({ port }) => String(port));
  return {
    ...(from ? { from: sources(from, policy, members).map((source) => ({ source })) } : {}),
    ...(numbers.length > 0 ? { to: [{ operation: { ports: numbers } }] } : {}),
  };
}

interface Sources {
  principals?: string[];
  namespaces?: string[];
  notPrincipals?: string[];
  ipBlocks?: string[];
  notIpBlocks?: string[];
}

function sources(peers: readonly NetworkPolicyPeer[], policy: Policy, members: Members): Sources[] {
  const all = peers.map((peer) => sourceOf(peer, policy, members));
  const listed = (key: "principals" | "namespaces"): Sources[] => {
    const values = [...new Set(all.flatMap((source) => source[key] ?? []))].sort();
    return values.length > 0 ? [{ [key]: values }] : [];
  };
  const others = all.filter(({ ipBlocks, notPrincipals }) => ipBlocks ?? notPrincipals);
  return [...listed("principals"), ...listed("namespaces"), ...distinct(others)];
}

/**
 * A peer as the mesh knows it: pods of ours by their ServiceAccount, those that an operator makes by their namespace, since how
 * they run is not known here. Who is outside of the mesh has no identity; the NetworkPolicy alone says which pods that may be.
 */
function sourceOf(peer: NetworkPolicyPeer, policy: Policy, { namespaces, accounts }: Members): Sources {
  if (peer.ipBlock) {
    const { cidr, except } = peer.ipBlock;
    return { ipBlocks: [cidr], ...(except ? { notIpBlocks: except } : {}) };
  }
  const namespace = namespaceOf(peer, policy) ?? "";
  if (!namespaces.has(namespace)) return { notPrincipals: ["*"] };
  const wanted = Object.entries(peer.podSelector?.matchLabels ?? {});
  const names = accounts
    .filter((one) => one.namespace === namespace && wanted.every(([key, value]) => one.labels[key] === value))
    .map(({ serviceAccount: name }) => principalOf({ name, namespace }));
  return wanted.length > 0 && names.length > 0 ? { principals: names } : { namespaces: [namespace] };
}

function namespaceOf({ ipBlock, namespaceSelector }: NetworkPolicyPeer, { metadata }: Policy) {
  if (ipBlock) return undefined;
  return namespaceSelector ? namespaceSelector.matchLabels?.[NAMESPACE_NAME] : metadata.namespace;
}

function accountOf(manifest: Manifest): PodAccount[] {
  const template = podTemplateOf(manifest);
  const { serviceAccountName: serviceAccount } = template?.spec ?? {};
  const { namespace = "" } = manifest.metadata;
  return serviceAccount ? [{ namespace, labels: template?.metadata?.labels ?? {}, serviceAccount }] : [];
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
