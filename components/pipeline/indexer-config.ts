import type { Kafka } from "../core/config/kafka-schema";
import type { PlannedFragment } from "../documents/documents";
import type { Store } from "../documents/store";
import { type CollectorConfig, HEALTH_CHECK, MEMORY_LIMITER, telemetry } from "./collector-config";
import { type DocumentSettings, documentPipelines } from "./document-pipelines";
import { API_KEY, apiKeyExtension, elasticsearchExporter } from "./elasticsearch-exporter";
import { ANSWERED, kafkaReceiver } from "./kafka-receiver";
import { INDEXER } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

/**
 * The configuration of the indexer: read the sensors' lines from Kafka, make documents of them, store these. It keeps
 * nothing itself: what Elasticsearch has not answered for is read from Kafka again.
 */
export function indexerConfig(
  fragments: readonly PlannedFragment[],
  config: PipelineConfig,
  elasticsearch: Store,
  settings: DocumentSettings,
  kafka: Kafka,
): CollectorConfig {
  const reader = { client: kafka.indexer, clientId: INDEXER, group: kafka.consumerGroup };
  const { processors, connectors, pipelines } = documentPipelines("kafka", fragments, config, settings);
  return {
    receivers: { kafka: kafkaReceiver(kafka, reader) },
    processors: { memory_limiter: MEMORY_LIMITER, ...processors },
    ...(connectors ? { connectors } : {}),
    exporters: { elasticsearch: { ...elasticsearchExporter(elasticsearch), sending_queue: ANSWERED } },
    extensions: { health_check: HEALTH_CHECK, [API_KEY]: apiKeyExtension(elasticsearch) },
    service: {
      extensions: ["health_check", API_KEY],
      pipelines,
      telemetry: telemetry(config.metrics.port),
    },
  };
}
