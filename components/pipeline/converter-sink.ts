import type { Kafka } from "../core/config/kafka-schema";
import {
  CONVERTED_ADDRESS,
  DOCUMENTS_ADDRESS,
  type DocumentConverter,
} from "../core/contract/document-converter";
import type { CollectorComponent } from "../documents/documents";
import { type CollectorConfig, ENDLESS_RETRY } from "./collector-config";
import { kafkaConnection } from "./kafka-client";
import { ANSWERED } from "./kafka-receiver";
import type { KafkaSink } from "./kafka-sinks";
import { nameOfSink } from "./pipeline-names";
import { textProcessor } from "./sink-documents";

/** The sink whose documents a program beside its collectors takes, and gives back as what goes to a topic. */
export function converterSink(converter: DocumentConverter): KafkaSink {
  const { id, client, group, workload } = converter;
  return {
    ...{ id, name: nameOfSink(id), replicas: workload.replicas },
    kafka: { ...client, consumerGroup: group },
    exporter: { id: "otlp_http", config: TO_PROGRAM, record: textProcessor() },
    ...{ egress: [], secrets: [], converter },
  };
}

/**
 * There is no time limit: the program answers when the topic has what it made, and the kubelet ends one that hangs, by which the
 * connection ends.
 */
const TO_PROGRAM: CollectorComponent = {
  endpoint: `http://${DOCUMENTS_ADDRESS}`,
  encoding: "json",
  compression: "none",
  timeout: "0s",
  retry_on_failure: ENDLESS_RETRY,
  sending_queue: { ...ANSWERED, num_consumers: 2 },
};

/**
 * The way back: from the program to the topic. It keeps nothing: the program waits for the answer of the brokers, and the
 * collector's first half for that of the program. What a broker refuses for good comes again from there, so that nothing is
 * lost while a right is missing.
 */
export function wayBack(
  { id, topic, client }: DocumentConverter,
  kafka: Kafka,
): Pick<CollectorConfig, "receivers" | "exporters"> & Pick<CollectorConfig["service"], "pipelines"> {
  const exporter = `kafka/${id}`;
  return {
    receivers: { otlp: { protocols: { http: { endpoint: CONVERTED_ADDRESS } } } },
    exporters: {
      [exporter]: {
        ...kafkaConnection(kafka, client, nameOfSink(id)),
        // A record of its own for each.
        logs: { topic, encoding: "raw" },
        producer: { required_acks: "all", compression: "snappy", allow_auto_topic_creation: false },
        timeout: "30s",
        retry_on_failure: ENDLESS_RETRY,
        sending_queue: { enabled: false },
      },
    },
    pipelines: {
      "logs/converted": { receivers: ["otlp"], processors: ["memory_limiter"], exporters: [exporter] },
    },
  };
}
