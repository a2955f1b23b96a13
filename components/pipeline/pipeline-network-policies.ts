import type { NetworkPolicyIngressRule, NetworkPolicyPeer } from "kubernetes-types/networking/v1";
import type { Kafka } from "../core/config/kafka-schema";
import type { LineReader } from "../core/contract/line-reader";
import type { Namespaces } from "../core/contract/namespaces";
import type { Store } from "../documents/store";
import type { Manifest } from "../kubernetes/manifest";
import { namespaceOf, networkPolicy, tcp, toEndpoint } from "../kubernetes/network-policies";
import type { KafkaSink } from "./kafka-sinks";
import { GATEWAY, INDEXER, NODE_COLLECTOR, OTLP_PORT, selectorOf, selectorOfSink } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

interface Traffic {
  namespaces: Namespaces;
  config: PipelineConfig;
  elasticsearch: Store;
  kafka: Kafka | undefined;
  readers: readonly LineReader[];
  sinks: readonly KafkaSink[];
}

/**
 * What may flow, over the platform's default of nothing but DNS: node collector to gateway, gateway to
 * Elasticsearch or Kafka, indexer from there to Elasticsearch, each sink from there to its own destination, line readers to
 * where they read and to the gateway, metrics to the namespaces that scrape them.
 */
export function networkPolicies({
  namespaces,
  config,
  elasticsearch,
  kafka,
  readers,
  sinks,
}: Traffic): Manifest[] {
  const scrape = metricsIngress(config);
  const { privileged, restricted } = namespaces;
  const nodes = { name: NODE_COLLECTOR, namespace: privileged };
  const gateway = { name: GATEWAY, namespace: restricted };
  const toStore = elasticsearch.endpoints.map((endpoint) => toEndpoint(endpoint, elasticsearch.podPort));
  // Brokers name others of theirs: at Service names those are in the same namespace, elsewhere anywhere at the same port.
  const toBrokers = (kafka?.brokers ?? []).map((broker) => toEndpoint(`https://${broker}`));
  const fromReaders = readers.map(({ name }) => pods(restricted, name));
  const toGateway = { to: [pods(restricted, GATEWAY)], ports: [tcp(OTLP_PORT)] };
  return [
    networkPolicy(nodes, selectorOf(NODE_COLLECTOR), {
      ingress: scrape,
      egress: [toGateway],
    }),
    networkPolicy(gateway, selectorOf(GATEWAY), {
      ingress: [
        { from: [pods(privileged, NODE_COLLECTOR), ...fromReaders], ports: [tcp(OTLP_PORT)] },
        ...scrape,
      ],
      egress: [...toStore, ...toBrokers],
    }),
    ...(kafka
      ? [
          networkPolicy({ name: INDEXER, namespace: restricted }, selectorOf(INDEXER), {
            ingress: scrape,
            egress: [...toStore, ...toBrokers],
          }),
        ]
      : []),
    ...readers.map(({ name, egress }) =>
      networkPolicy({ name, namespace: restricted }, selectorOf(name), {
        ingress: scrape,
        egress: [toGateway, ...egress],
      }),
    ),
    ...sinks.map(({ id, name, egress, converter }) =>
      networkPolicy({ name, namespace: restricted }, selectorOfSink(id), {
        ingress: metricsIngress(config, converter ? [converter.metricsPort] : []),
        egress: [...egress, ...toBrokers],
      }),
    ),
  ];
}

/** @param more Ports of further programs of the pods. */
export function metricsIngress(
  { metrics }: PipelineConfig,
  more: readonly number[] = [],
): NetworkPolicyIngressRule[] {
  if (metrics.scrapeNamespaces.length === 0) return [];
  return [
    {
      from: metrics.scrapeNamespaces.map(namespaceOf),
      ports: [metrics.port, ...more].map((port) => tcp(port)),
    },
  ];
}

function pods(namespace: string, name: string): NetworkPolicyPeer {
  return { ...namespaceOf(namespace), podSelector: { matchLabels: selectorOf(name) } };
}
