import type { Kafka, KafkaClient } from "../core/config/kafka-schema";
import type { CollectorComponent } from "../documents/documents";
import { MAX_BATCH_BYTES } from "./collector-config";
import { FULL_RECORD_BYTES, kafkaConnection } from "./kafka-client";

/** A collector that reads the sensors' lines from the topic. */
export interface Reader {
  client: KafkaClient;
  /** What the brokers call it in their logs. */
  clientId: string;
  /** Whose position in the topic is kept. */
  group: string;
}

/**
 * An offset is committed once the collector's destination has answered for the records before it: they are marked after
 * the pipeline is through with them, which waits for the exporter. What is read twice after a crash has the same `_id`.
 * The defaults lose records: they begin at the end of the topic, and mark before the pipeline is asked. Without the
 * backoff a partition stays paused after an error (opentelemetry-collector-contrib #47118).
 * What is no batch of lines at all is left behind and counted (`otelcol_kafka_receiver_unmarshal_failed_log_records`):
 * one such record would hold up its partition for ever.
 */
export function kafkaReceiver(kafka: Kafka, { client, clientId, group }: Reader): CollectorComponent {
  return {
    ...kafkaConnection(kafka, client, clientId),
    group_id: group,
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
 */
export const ANSWERED: CollectorComponent = {
  wait_for_result: true,
  sizer: "bytes",
  queue_size: 4 * MAX_BATCH_BYTES,
  block_on_overflow: true,
  num_consumers: 4,
  batch: { flush_timeout: "20ms", min_size: FULL_RECORD_BYTES, max_size: MAX_BATCH_BYTES, sizer: "bytes" },
};
