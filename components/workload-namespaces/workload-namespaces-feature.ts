import { defineFeature } from "../core/contract/feature";
import { namespaceManifests } from "./namespace-manifests";
import { workloadNamespacesSchema } from "./namespace-schema";

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
  keeps: ({ namespaces }) => namespaces.map(({ name }) => name),
  plan({ namespaces }) {
    return {
      namespaces: namespaces.map(({ name, podSecurity, labels }) => ({
        name,
        podSecurity,
        labels,
        holdsUsersPods: true,
      })),
      manifests: namespaces.flatMap(namespaceManifests),
      conditions: [],
      warnings: namespaces.map(
        ({ name, podSecurity }) =>
          `${name}: pods that are not ${podSecurity} are refused when they are made again, and all traffic but the listed flows and DNS is cut at once where a network plugin enforces policies.`,
      ),
    };
  },
});
