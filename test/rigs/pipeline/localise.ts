import { join } from "node:path";
import type { Namespaces } from "../../../components/core/contract/namespaces";
import { type CollectorConfig, ownAddress } from "../../../components/pipeline/collector-config";
import {
  ELASTICSEARCH_AUTH_FOLDER,
  ELASTICSEARCH_CA_FOLDER,
  gatewayHost,
  HEALTH_PORT,
  KAFKA_AUTH_FOLDER,
  KAFKA_CA_FOLDER,
  OTLP_PORT,
  STATE_FOLDER,
  TLS_FOLDER,
} from "../../../components/pipeline/pipeline-names";

/** Where one collector runs on this machine. */
export interface Local {
  /** Folder for what is in volumes in the cluster. */
  folder: string;
  ports: { otlp: number; health: number; metrics: number };
  namespaces: Namespaces;
  /** The metrics port in the configuration. */
  metricsPort: number;
}

/**
 * The one place where a synthesised configuration is changed to run outside of a cluster: paths and
 * addresses, and nothing else.
 * - folders of volumes: below `local.folder`
 * - the Service of the gateway: localhost; ports: free ones, since both collectors are on one host
 */
export function localise(config: CollectorConfig, local: Local): CollectorConfig {
  const { folder, ports } = local;
  const replacements: [string, string][] = [
    [STATE_FOLDER, join(folder, "state")],
    [TLS_FOLDER, join(folder, "tls")],
    [ELASTICSEARCH_AUTH_FOLDER, join(folder, "elasticsearch-auth")],
    [ELASTICSEARCH_CA_FOLDER, join(folder, "elasticsearch-ca")],
    [KAFKA_AUTH_FOLDER, join(folder, "kafka-auth")],
    [KAFKA_CA_FOLDER, join(folder, "kafka-ca")],
    [`${gatewayHost(local.namespaces)}:${OTLP_PORT}`, `localhost:${ports.otlp}`],
    [ownAddress(OTLP_PORT), ownAddress(ports.otlp)],
    [ownAddress(HEALTH_PORT), ownAddress(ports.health)],
    [`"port":${local.metricsPort}`, `"port":${ports.metrics}`],
  ];
  const text = replacements.reduce((json, [from, to]) => json.replaceAll(from, to), JSON.stringify(config));
  return JSON.parse(text) as CollectorConfig;
}
