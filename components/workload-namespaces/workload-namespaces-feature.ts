import type { PlanContext } from "../core/contract/context";
import type { Contribution } from "../core/contract/contribution";
import { defineFeature } from "../core/contract/feature";
import { inMesh, meshPolicies, roundMesh } from "./mesh-traffic";
import { namespaceManifests } from "./namespace-manifests";
import { type NamespacesConfig, workloadNamespacesSchema } from "./namespace-schema";

/**
 * Namespaces of the user's own workloads: Pod Security level, default deny with the flows that are wanted, default
 * limits, quota. A namespace is never deleted with the feature, since the user's workloads would go with it.
 */
export const workloadNamespaces = defineFeature({
  name: "workload_namespaces",
  title: "Workload namespaces",
  priority: 10,
  schema: workloadNamespacesSchema,
  workloads: [],
  frameworks: ["NIST CSF 2.0 PR.IR-01", "CIS Kubernetes 5.3.2", "CIS Kubernetes 5.2"],
  tests: ["test/unit/workload-namespaces.test.ts", "test/unit/network-flows.test.ts"],
  keeps: ({ namespaces }) => namespaces.map(({ name }) => name),
  plan: planNamespaces,
});

function planNamespaces({ namespaces }: NamespacesConfig, { contributions }: PlanContext): Contribution {
  const mesh = contributions.find(({ contribution }) => contribution.mesh)?.contribution.mesh;
  return {
    namespaces: namespaces.map(({ name, podSecurity, labels }) => ({
      name,
      podSecurity,
      labels: { ...labels, ...(inMesh(name, mesh) ? mesh?.labels : {}) },
      holdsUsersPods: true,
    })),
    manifests: namespaces.flatMap((namespace) => [
      ...namespaceManifests(namespace),
      ...meshPolicies(namespace, mesh),
    ]),
    conditions: [],
    warnings: namespaces.flatMap((namespace) => [
      `${namespace.name}: pods that are not ${namespace.podSecurity} are refused when they are made again, and all traffic but the listed flows and DNS is cut at once where a network plugin enforces policies.`,
      ...roundMesh(namespace, mesh),
    ]),
  };
}
