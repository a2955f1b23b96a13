import type { Kafka } from "../core/config/kafka-schema";
import type { CollectorComponent, PlannedFragment } from "../documents/documents";
import type { Store } from "../documents/store";
import { parseQuantity } from "../kubernetes/quantity";
import {
  type CollectorConfig,
  ENDLESS_RETRY,
  HEALTH_CHECK,
  idleReceiver,
  MAX_BATCH_BYTES,
  MAX_MESSAGE_MIB,
  MEMORY_LIMITER,
  ownAddress,
  queueStorage,
  telemetry,
} from "./collector-config";
import { type DocumentSettings, documentPipelines } from "./document-pipelines";
import { API_KEY, apiKeyExtension, elasticsearchExporter } from "./elasticsearch-exporter";
import { FULL_RECORD_BYTES, kafkaConnection, MAX_RECORD_BYTES } from "./kafka-client";
import { GATEWAY, OTLP_PORT, STATE_FOLDER, TLS_FOLDER } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

const QUEUE = "file_storage/queue";

/**
 * The configuration of the gateway: sort the records by tool, make documents of them, store these. With Kafka it hands
 * the records on as they are.
 */
export function gatewayConfig(
  fragments: readonly PlannedFragment[],
  config: PipelineConfig,
  elasticsearch: Store,
  settings: DocumentSettings,
  kafka?: Kafka,
): CollectorConfig {
  const way = kafka && !kafka.drain ? rawRecords() : documentPipelines("otlp", fragments, config, settings);
  return {
    receivers: { otlp: OTLP, ...(kafka ? { [IDLE]: idleReceiver(STATE_FOLDER) } : {}) },
    processors: { memory_limiter: MEMORY_LIMITER, ...way.processors },
    ...(way.connectors ? { connectors: way.connectors } : {}),
    exporters: {
      elasticsearch: { ...elasticsearchExporter(elasticsearch), sending_queue: diskQueue(config) },
      ...(kafka ? { kafka: kafkaExporter(kafka, config) } : {}),
    },
    extensions: {
      health_check: HEALTH_CHECK,
      [QUEUE]: queueStorage(`${STATE_FOLDER}/queue`),
      [API_KEY]: apiKeyExtension(elasticsearch),
    },
    service: {
      extensions: ["health_check", QUEUE, API_KEY],
      pipelines: { ...way.pipelines, ...(kafka ? { "logs/rest": restOf(kafka) } : {}) },
      telemetry: telemetry(config.metrics.port),
    },
  };
}

/** Lines come from a node in groups of a hundred of one tool each; those of the same tool are put together. */
function rawRecords(): ReturnType<typeof documentPipelines> {
  const processors = ["memory_limiter", "groupbyattrs"];
  const raw = { receivers: ["otlp"], processors, exporters: ["kafka"] };
  return { processors: { groupbyattrs: {} }, connectors: undefined, pipelines: { "logs/in": raw } };
}

const IDLE = "file_log/none";

/**
 * The other way: a pipeline that gets no record, for its exporter to send what its queue on disk still has of the time
 * before Kafka was switched on or off.
 */
function restOf({ drain }: Kafka) {
  return {
    receivers: [IDLE],
    processors: ["memory_limiter"],
    exporters: [drain ? "kafka" : "elasticsearch"],
  };
}

const OTLP: CollectorComponent = {
  protocols: {
    grpc: {
      endpoint: ownAddress(OTLP_PORT),
      max_recv_msg_size_mib: MAX_MESSAGE_MIB,
      tls: {
        cert_file: `${TLS_FOLDER}/tls.crt`,
        key_file: `${TLS_FOLDER}/tls.key`,
        client_ca_file: `${TLS_FOLDER}/ca.crt`,
        client_ca_file_reload: true,
        reload_interval: "1m",
        min_version: "1.3",
      },
      keepalive: { server_parameters: { max_connection_age: "5m", max_connection_age_grace: "1m" } },
    },
  },
};

function diskQueue(config: PipelineConfig): CollectorComponent {
  return {
    storage: QUEUE,
    sizer: "bytes",
    queue_size: queueBytes(config),
    // Refusing, not blocking: a full queue then shows in the log and in `enqueue_failed`, and what was refused is
    // sent again all the same.
    block_on_overflow: false,
    num_consumers: 4,
    batch: {
      flush_timeout: config.flushInterval,
      min_size: 1_000_000,
      max_size: MAX_BATCH_BYTES,
      sizer: "bytes",
    },
  };
}

/**
 * Everything is kept in the queue on disk until all replicas in sync have it. A record is what was gathered, of all tools
 * and nodes, and the partitions take turns. With a record for each tool of each node there are hundreds a second of a few
 * lines each, which readers store one after the other, and some partitions have more of them than others; no document
 * depends on the order of the lines.
 * A record that is over the broker's limit, and an answer that no retry changes, are given up and counted in
 * `otelcol_exporter_send_failed_log_records` (kafkaexporter 0.152, internal/kafkaclient/franzgo.go).
 */
function kafkaExporter(kafka: Kafka, config: PipelineConfig): CollectorComponent {
  return {
    ...kafkaConnection(kafka, kafka.gateway, GATEWAY),
    logs: { topic: kafka.topic, encoding: "otlp_proto" },
    record_partitioner: { round_robin: {} },
    producer: {
      required_acks: "all",
      compression: "snappy",
      allow_auto_topic_creation: false,
    },
    timeout: "30s",
    retry_on_failure: ENDLESS_RETRY,
    sending_queue: {
      storage: QUEUE,
      sizer: "bytes",
      // Half of what the other queue has: both are on the volume while one of them empties.
      queue_size: Math.floor(queueBytes(config) / 2),
      block_on_overflow: false,
      num_consumers: 4,
      batch: {
        flush_timeout: config.flushInterval,
        min_size: FULL_RECORD_BYTES,
        max_size: MAX_RECORD_BYTES,
        sizer: "bytes",
      },
    },
  };
}

/**
 * Half of the volume: the rest is for the database's own pages, for the holes between items (which are stored in one
 * piece each), and for its compaction. With two thirds, a volume of 24 MiB ran full. It never must: at its start the
 * queue deletes what was being sent before it puts it in again, and it gives up an item whose reading it can't write
 * down (exporterhelper 0.152, internal/queue/persistent_queue.go).
 */
function queueBytes(config: PipelineConfig): number {
  return Math.floor((parseQuantity(config.queue.gatewaySize) ?? 0) / 2);
}
