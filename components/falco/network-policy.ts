import type { Manifest, Metadata } from "../kubernetes";
import { WEB_PORT } from "./config";
import { SELECTOR } from "./daemonset";
import type { FalcoConfig } from "./schema";

/**
 * Nothing leaves Falco's pods, and only the namespaces that may scrape its metrics reach them. The kubelet's
 * probes come from the pod's own node, which NetworkPolicies always let through.
 */
export function falcoNetworkPolicy(metadata: Metadata, metrics: FalcoConfig["metrics"]): Manifest {
  const scrapers = metrics.enabled ? metrics.namespaces : [];
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata,
    spec: {
      podSelector: { matchLabels: SELECTOR },
      policyTypes: ["Ingress", "Egress"],
      egress: [],
      ingress:
        scrapers.length === 0
          ? []
          : [
              {
                from: scrapers.map((name) => ({
                  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
                })),
                ports: [{ protocol: "TCP", port: WEB_PORT }],
              },
            ],
    },
  };
}
