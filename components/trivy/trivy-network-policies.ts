import type { NetworkPolicyEgressRule } from "kubernetes-types/networking/v1";
import type { Store } from "../documents/store";
import type { Manifest } from "../kubernetes/manifest";
import {
  ANY_TCP,
  namespaceOf,
  networkPolicy,
  serviceNamespace,
  tcp,
  toApiServer,
  toEndpoint,
} from "../kubernetes/network-policies";
import { REPORTER } from "./cron-job";
import type { CredentialSource } from "./trivy-schema";

export const OPERATOR = "trivy-operator";

export interface Traffic {
  operatorNamespace: string;
  reporterNamespace: string;
  elasticsearch: Store;
  /** Registries that scans pull from on a port of their own, as `host[:port][/path]`. */
  registries: readonly string[];
  /** To the lists that the reporter reads. */
  lists: NetworkPolicyEgressRule[];
  /** Where operator and scans get a cloud's credentials. */
  cloudCredentials: readonly CredentialSource[];
}

/** On each node, over plain HTTP (EKS user guide, "EKS Pod Identity Agent"; EC2 user guide, "instance metadata"). */
const CREDENTIAL_ADDRESSES: Readonly<Record<CredentialSource, readonly string[]>> = {
  podIdentity: ["169.254.170.23/32", "fd00:ec2::23/128"],
  instanceMetadata: ["169.254.169.254/32", "fd00:ec2::254/128"],
};

/**
 * What may flow, over the platform's default of nothing but DNS: operator and scans to the API server and to
 * registries, which may be any image's; the reporter to the API server and Elasticsearch. Nothing comes in.
 */
export function networkPolicies(traffic: Traffic): Manifest[] {
  const { operatorNamespace, reporterNamespace, elasticsearch } = traffic;
  const registries = registryPorts(traffic.registries);
  const operator = { name: OPERATOR, namespace: operatorNamespace };
  const scans = { name: "trivy-scan-jobs", namespace: operatorNamespace };
  const reporter = { name: REPORTER, namespace: reporterNamespace };
  const ofScans = { egress: [toApiServer(), ...registries, ...traffic.cloudCredentials.map(toCredentials)] };
  return [
    networkPolicy(operator, { "app.kubernetes.io/name": OPERATOR }, ofScans),
    // Label that the operator puts on its jobs' pods (trivy-operator pkg/vulnerabilityreport/builder.go).
    networkPolicy(scans, { "app.kubernetes.io/managed-by": OPERATOR }, ofScans),
    networkPolicy(
      reporter,
      { "app.kubernetes.io/name": REPORTER },
      {
        egress: [
          toApiServer(),
          ...elasticsearch.endpoints.map((endpoint) => toEndpoint(endpoint, elasticsearch.podPort)),
          ...traffic.lists,
        ],
      },
    ),
  ];
}

function toCredentials(source: CredentialSource): NetworkPolicyEgressRule {
  return { to: CREDENTIAL_ADDRESSES[source].map((cidr) => ({ ipBlock: { cidr } })), ports: [tcp(80)] };
}

// Port 443 of anywhere is open already, with the API server's. A registry that is a Service of the cluster may have
// pods with any port behind it.
function registryPorts(registries: readonly string[]): NetworkPolicyEgressRule[] {
  const addresses = registries.map((registry) => registry.replace(/\/.*/, ""));
  const ports = addresses.map((address) => Number(/:(\d+)$/.exec(address)?.[1] ?? 443));
  const namespaces = addresses.flatMap((address) => serviceNamespace(address.replace(/:.*/, "")) ?? []);
  return [
    ...[...new Set(ports)].filter((port) => port !== 443).map((port) => ({ ports: [tcp(port)] })),
    ...[...new Set(namespaces)].map((namespace) => ({ to: [namespaceOf(namespace)], ports: ANY_TCP })),
  ];
}
