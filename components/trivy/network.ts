import type { NetworkPolicyEgressRule } from "kubernetes-types/networking/v1";
import { toApiServer, toEndpoint } from "../egress";
import type { Manifest } from "../kubernetes";
import type { Store } from "../store";
import { REPORTER } from "./cron-job";

export const OPERATOR = "trivy-operator";

export interface Traffic {
  operatorNamespace: string;
  reporterNamespace: string;
  elasticsearch: Store;
  /** Registries that scans pull from on a port of their own, as `host[:port][/path]`. */
  registries: readonly string[];
}

/**
 * What may flow, over the platform's default of nothing but DNS: operator and scans to the API server and to
 * registries, which may be any image's; the reporter to the API server and Elasticsearch. Nothing comes in.
 */
export function networkPolicies(traffic: Traffic): Manifest[] {
  const { operatorNamespace, reporterNamespace, elasticsearch } = traffic;
  const registries = registryPorts(traffic.registries);
  return [
    policy(OPERATOR, operatorNamespace, { "app.kubernetes.io/name": OPERATOR }, [
      toApiServer(),
      ...registries,
    ]),
    // Label that the operator puts on its jobs' pods (trivy-operator pkg/vulnerabilityreport/builder.go).
    policy("trivy-scan-jobs", operatorNamespace, { "app.kubernetes.io/managed-by": OPERATOR }, [
      toApiServer(),
      ...registries,
    ]),
    policy(REPORTER, reporterNamespace, { "app.kubernetes.io/name": REPORTER }, [
      toApiServer(),
      ...elasticsearch.endpoints.map(toEndpoint),
    ]),
  ];
}

// Port 443 of anywhere is open already, with the API server's.
function registryPorts(registries: readonly string[]): NetworkPolicyEgressRule[] {
  const ports = registries.map((registry) => Number(/:(\d+)/.exec(registry)?.[1] ?? 443));
  return [...new Set(ports)]
    .filter((port) => port !== 443)
    .map((port) => ({ ports: [{ protocol: "TCP", port }] }));
}

function policy(
  name: string,
  namespace: string,
  matchLabels: Record<string, string>,
  egress: NetworkPolicyEgressRule[],
): Manifest {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace },
    spec: { podSelector: { matchLabels }, policyTypes: ["Ingress", "Egress"], ingress: [], egress },
  };
}
