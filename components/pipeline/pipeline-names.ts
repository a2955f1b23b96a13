import type { Namespaces } from "../core/contract/namespaces";

/** Kubernetes names of the pipeline's objects, and the paths in its pods. */
export const NODE_COLLECTOR = "node-collector";
export const GATEWAY = "gateway";
export const INDEXER = "indexer";
export const SINK = "sink";

/** The label that selects a workload's pods. */
export function selectorOf(name: string): Record<string, string> {
  return { "app.kubernetes.io/name": name };
}

/** Labels of the pods of one sink: all sinks are of one name, which the sizing table has. */
export function selectorOfSink(id: string): Record<string, string> {
  return { ...selectorOf(SINK), "security-stack/sink": id };
}

/** Of a sink's Deployment and all else that is its own. */
export function nameOfSink(id: string): string {
  return `sink-${id}`;
}

/** Secrets of the certificates between the collectors, in the namespace of their reader. */
export const NODE_COLLECTOR_TLS = "node-collector-tls";
export const GATEWAY_TLS = "gateway-tls";
/** The node collector's, for the collectors of line readers. */
export const LINE_READER_TLS = "line-reader-tls";

export const OTLP_PORT = 4317;
export const HEALTH_PORT = 13_133;

/** Folders in the containers. */
export const CONFIG_FOLDER = "/etc/otelcol";
export const TLS_FOLDER = "/etc/otelcol-tls";
export const ELASTICSEARCH_AUTH_FOLDER = "/etc/elasticsearch-auth";
export const ELASTICSEARCH_CA_FOLDER = "/etc/elasticsearch-ca";
export const KAFKA_AUTH_FOLDER = "/etc/kafka-auth";
export const KAFKA_CA_FOLDER = "/etc/kafka-ca";
export const SINK_AUTH_FOLDER = "/etc/sink-auth";
export const SINK_CA_FOLDER = "/etc/sink-ca";
export const STATE_FOLDER = "/var/lib/otelcol";

/** Host name of the gateways' headless Service, which the server certificate is made for. */
export function gatewayHost(namespaces: Namespaces): string {
  return `${GATEWAY}.${namespaces.restricted}.svc`;
}
