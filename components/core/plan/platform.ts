import { type Manifest, namespacesMade } from "../../kubernetes/manifest";
import { toDns } from "../../kubernetes/network-policies";
import type { Global } from "../config/envelope-schema";
import { ContractError } from "../contract/contract-error";
import type { PlannedFeature } from "../contract/contribution";
import type { FeatureNamespace, Namespaces } from "../contract/namespaces";

/** The PriorityClass of what runs on every node: above ordinary workloads, below the system's own. */
export const NODE_AGENT_PRIORITY_CLASS = "security-node-agent";

/**
 * What is there before any feature: the namespaces in use with their Pod Security level, each with a NetworkPolicy
 * that denies all but DNS. Features add what flows between them.
 * @throws ContractError where two features give one namespace different levels, or the user's workloads share one with
 * the stack's.
 */
export function planPlatform(
  namespaces: Namespaces,
  features: readonly PlannedFeature[],
  dns: Global["dns"],
): Manifest[] {
  return [
    priorityClass(),
    ...usedNamespaces(namespaces, features).flatMap((used) => [
      namespace(used),
      denyAll(used.name),
      allowDns(used.name, dns),
    ]),
  ];
}

function usedNamespaces(
  { privileged, restricted }: Namespaces,
  features: readonly PlannedFeature[],
): FeatureNamespace[] {
  const inUse = new Set(features.flatMap(namespacesInUse));
  const own: OwnedNamespace[] = [
    { owner: "the stack", name: privileged, podSecurity: "privileged" },
    { owner: "the stack", name: restricted, podSecurity: "restricted" },
  ];
  const brought = features.flatMap(({ name: owner, contribution }) =>
    (contribution.namespaces ?? []).map((namespace): OwnedNamespace => ({ owner, ...namespace })),
  );
  return mergeNamespaces([...own.filter(({ name }) => inUse.has(name)), ...brought], madeBy(features));
}

interface OwnedNamespace extends FeatureNamespace {
  owner: string;
}

/** The features that make a namespace among their manifests, by its name. */
function madeBy(features: readonly PlannedFeature[]): Map<string, string> {
  return new Map(
    features.flatMap(({ name, contribution }) =>
      namespacesMade(contribution.manifests).map((made) => [made, name] as const),
    ),
  );
}

function mergeNamespaces(
  all: readonly OwnedNamespace[],
  made: ReadonlyMap<string, string>,
): FeatureNamespace[] {
  const merged = new Map<string, OwnedNamespace>();
  for (const namespace of all) {
    const before = merged.get(namespace.name);
    refuseShared(namespace, before, made);
    if (before && before.podSecurity !== namespace.podSecurity)
      throw new ContractError(
        "FTR003",
        `${before.owner} wants ${namespace.name} ${before.podSecurity}, ${namespace.owner} wants it ${namespace.podSecurity}`,
        "use two namespaces, or the same level",
      );
    merged.set(namespace.name, { ...namespace, labels: { ...before?.labels, ...namespace.labels } });
  }
  return [...merged.values()];
}

function refuseShared(
  namespace: OwnedNamespace,
  before: OwnedNamespace | undefined,
  made: ReadonlyMap<string, string>,
): void {
  const same = before?.holdsUsersPods === namespace.holdsUsersPods;
  const other = before && !same ? before.owner : namespace.holdsUsersPods && made.get(namespace.name);
  if (!other) return;
  throw new ContractError(
    "FTR007",
    `${namespace.name}, which ${other} and ${namespace.owner} make`,
    "use another namespace: quota and defaults for the user's pods would hold for the stack's",
  );
}

function namespacesInUse({ contribution }: PlannedFeature): string[] {
  const objects = [
    ...contribution.manifests,
    ...(contribution.charts ?? []).map((chart) => ({ metadata: chart })),
  ];
  return objects.map((object) => object.metadata.namespace).filter((name) => name !== undefined);
}

function namespace({ name, podSecurity, labels }: FeatureNamespace): Manifest {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      labels: {
        ...labels,
        "pod-security.kubernetes.io/enforce": podSecurity,
        "pod-security.kubernetes.io/audit": podSecurity,
        "pod-security.kubernetes.io/warn": podSecurity,
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

function allowDns(namespace: string, dns: Global["dns"]): Manifest {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "allow-dns", namespace },
    spec: {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [toDns(dns)],
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
