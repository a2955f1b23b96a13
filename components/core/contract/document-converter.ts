import type { PodTemplateSpec } from "kubernetes-types/core/v1";
import type { Manifest } from "../../kubernetes/manifest";
import type { WorkloadSettings } from "../../kubernetes/workloads";
import type { KafkaClient } from "../config/kafka-schema";

/**
 * A program that makes something else of the documents, for a topic of their own. A collector beside it reads the sensors' lines
 * from Kafka in a consumer group, hands the program the documents, and writes to the topic what comes back: the program needs no
 * client of Kafka. An offset is committed once the topic has what became of the records before it.
 */
export interface DocumentConverter {
  /** Its name among the sinks: its pods are those of Deployment `sink-<id>`. */
  id: string;
  /** Who its pods are to Kafka: may read the lines and write the topic. */
  client: KafkaClient;
  group: string;
  topic: string;
  /** What the pod needs: the ConfigMap of its program. They are made with it. */
  manifests: Manifest[];
  /** The pod without the collector, of which the containers and volumes count. */
  template: PodTemplateSpec;
  /** Of the collector. */
  workload: WorkloadSettings;
  /** Of the program. */
  metricsPort: number;
}

/**
 * Where the program takes documents, within the pod alone: OTLP over HTTP in JSON, each the text of a JSON object. It answers
 * once the collector has taken what it made of them, and 503 where they are to be sent again.
 */
export const DOCUMENTS_ADDRESS = "127.0.0.1:4319";

/** Where the collector takes what becomes of them: OTLP over HTTP, each as bytes, answered once the topic has it. */
export const CONVERTED_ADDRESS = "127.0.0.1:4318";
