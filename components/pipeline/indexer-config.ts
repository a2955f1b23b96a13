import type { Kafka } from "../core/config/kafka-schema";
import type { CollectorComponent, PlannedFragment } from "../documents/documents";
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
    exporters: { elasticsearch: { ...elasticsearchExporter(elasticsearch), sending_queue: BULKS } },
    extensions: { health_check: HEALTH_CHECK, [API_KEY]: apiKeyExtension(elasticsearch) },
    service: {
      extensions: ["health_check", API_KEY],
      pipelines,
      telemetry: telemetry(config.metrics.port),
    },
  };
}

/** Lines are counted, and no bytes: a record has few enough of these, and to count them is a tenth of the CPU time. */
const BULKS: CollectorComponent = {
  ...ANSWERED,
  sizer: "requests",
  queue_size: 16,
  num_consumers: 8,
  batch: { flush_timeout: "50ms", sizer: "items", min_size: 300, max_size: 0 },
};
