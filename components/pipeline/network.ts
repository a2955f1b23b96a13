import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
} from "kubernetes-types/networking/v1";
import { namespaceOf, tcp, toEndpoint } from "../egress";
import type { Namespaces } from "../feature";
import type { Manifest } from "../kubernetes";
import type { Store } from "../store";
import type { PipelineConfig } from "./config";
import { GATEWAY, NODE_COLLECTOR, OTLP_PORT, selectorOf } from "./names";

/**
 * What may flow, over the platform's default of nothing but DNS: node collector to gateway, gateway to
 * Elasticsearch, metrics to the namespaces that scrape them.
 */
export function networkPolicies(
  namespaces: Namespaces,
  config: PipelineConfig,
  elasticsearch: Store,
): Manifest[] {
  const scrape = metricsIngress(config);
  return [
    policy(NODE_COLLECTOR, namespaces.privileged, scrape, [
      { to: [pods(namespaces.restricted, GATEWAY)], ports: [tcp(OTLP_PORT)] },
    ]),
    policy(
      GATEWAY,
      namespaces.restricted,
      [{ from: [pods(namespaces.privileged, NODE_COLLECTOR)], ports: [tcp(OTLP_PORT)] }, ...scrape],
      elasticsearch.endpoints.map(toEndpoint),
    ),
  ];
}

function policy(
  name: string,
  namespace: string,
  ingress: NetworkPolicyIngressRule[],
  egress: NetworkPolicyEgressRule[],
): Manifest {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace },
    spec: {
      podSelector: { matchLabels: selectorOf(name) },
      policyTypes: ["Ingress", "Egress"],
      ingress,
      egress,
    },
  };
}

function metricsIngress({ metrics }: PipelineConfig): NetworkPolicyIngressRule[] {
  if (metrics.scrapeNamespaces.length === 0) return [];
  return [{ from: metrics.scrapeNamespaces.map(namespaceOf), ports: [tcp(metrics.port)] }];
}

function pods(namespace: string, name: string): NetworkPolicyPeer {
  return { ...namespaceOf(namespace), podSelector: { matchLabels: selectorOf(name) } };
}
