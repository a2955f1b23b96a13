import { isIP } from "node:net";
import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
} from "kubernetes-types/networking/v1";
import type { Output } from "../config/schema";
import type { Namespaces } from "../feature";
import type { Manifest } from "../kubernetes";
import type { PipelineConfig } from "./config";
import { GATEWAY, NODE_COLLECTOR, OTLP_PORT, selectorOf } from "./names";

/**
 * What may flow, over the platform's default of nothing but DNS: node collector to gateway, gateway to
 * Elasticsearch and, where it looks up pods, to the API server, metrics to the namespaces that scrape them.
 */
export function networkPolicies(
  namespaces: Namespaces,
  config: PipelineConfig,
  elasticsearch: Output["elasticsearch"],
  readsPods: boolean,
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
      [...elasticsearch.endpoints.map(toEndpoint), ...(readsPods ? [toApiServer()] : [])],
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

/** The API server has no pod to select and its address is not known here: its usual ports, anywhere. */
export function toApiServer(): NetworkPolicyEgressRule {
  return { to: ANYWHERE, ports: [tcp(443), tcp(6443)] };
}

/**
 * Elasticsearch at `<service>.<namespace>.svc`: that namespace. At an IP address: that address. At another
 * name: a NetworkPolicy knows no host names, so only the port is fixed.
 */
export function toEndpoint(endpoint: string): NetworkPolicyEgressRule {
  const url = new URL(endpoint);
  const ports = [tcp(Number(url.port || 443))];
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const [, namespace, kind] = host.split(".");
  if (isIP(host)) return { to: [{ ipBlock: { cidr: `${host}/${isIP(host) === 6 ? 128 : 32}` } }], ports };
  if (namespace && kind === "svc") return { to: [namespaceOf(namespace)], ports };
  return { to: ANYWHERE, ports };
}

const ANYWHERE: NetworkPolicyPeer[] = [{ ipBlock: { cidr: "0.0.0.0/0" } }, { ipBlock: { cidr: "::/0" } }];

function pods(namespace: string, name: string): NetworkPolicyPeer {
  return { ...namespaceOf(namespace), podSelector: { matchLabels: selectorOf(name) } };
}

function namespaceOf(name: string): NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}

function tcp(port: number) {
  return { protocol: "TCP" as const, port };
}
