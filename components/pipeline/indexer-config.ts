import type { Kafka } from "../core/config/kafka-schema";
import type { CollectorComponent, PlannedFragment } from "../documents/documents";
import type { Store } from "../documents/store";
import { type CollectorConfig, HEALTH_CHECK, MEMORY_LIMITER, telemetry } from "./collector-config";
import { type DocumentSettings, documentPipelines } from "./document-pipelines";
import { API_KEY, apiKeyExtension, elasticsearchExporter } from "./elasticsearch-exporter";
import { kafkaConnection } from "./kafka-client";
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
  const { processors, connectors, pipelines } = documentPipelines("kafka", fragments, config, settings);
  return {
    receivers: { kafka: kafkaReceiver(kafka) },
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

/**
 * An offset is committed once Elasticsearch has answered for the records before it: they are marked after the pipeline
 * is through with them, which waits for the exporter. What is read twice after a crash has the same `_id`.
 * The defaults lose records: they begin at the end of the topic, and mark before the pipeline is asked. Without the
 * backoff a partition stays paused after an error (opentelemetry-collector-contrib #47118).
 * What is no batch of lines at all is left behind and counted (`otelcol_kafka_receiver_unmarshal_failed_log_records`):
 * one such record would hold up its partition for ever.
 */
function kafkaReceiver(kafka: Kafka): CollectorComponent {
  return {
    ...kafkaConnection(kafka, kafka.indexer, INDEXER),
    group_id: kafka.consumerGroup,
    initial_offset: "earliest",
    logs: { topics: [kafka.topic], encoding: "otlp_proto" },
    ...FETCH,
    autocommit: { enable: true, interval: "1s" },
    message_marking: { after: true, on_error: false, on_permanent_error: true },
    error_backoff: { enabled: true, initial_interval: "200ms", max_interval: "10s", max_elapsed_time: "0s" },
    // Age of what is read: how near it is to the topic's retention.
    telemetry: { metrics: { kafka_receiver_records_delay: { enabled: true } } },
  };
}

/**
 * All that was fetched is stored before more is (consumer_franz.go), each partition's records one after the other: a fetch
 * has something of eight partitions at least. In the defaults there is room for one. What is fetched is compressed, and
 * there is one fetch from each broker in memory: more would not fit.
 */
const FETCH = { max_fetch_size: 2 * 1024 * 1024, max_partition_fetch_size: 256 * 1024 };

/**
 * In memory, and whoever puts something in waits for what becomes of it. Small records of several partitions go into one
 * bulk request, and wait for each other no longer than this; a full one goes at once, since its partition waits for it.
 * Lines are counted, and no bytes: a record has few enough of these, and to count them is a tenth of the CPU time.
 */
const ANSWERED: CollectorComponent = {
  wait_for_result: true,
  sizer: "requests",
  queue_size: 16,
  block_on_overflow: true,
  num_consumers: 8,
  batch: { flush_timeout: "50ms", sizer: "items", min_size: 300, max_size: 0 },
};
