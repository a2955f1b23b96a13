import type { Kafka } from "../core/config/kafka-schema";
import type { PlannedFragment } from "../documents/documents";
import { type CollectorConfig, HEALTH_CHECK, MEMORY_LIMITER, telemetry } from "./collector-config";
import { wayBack } from "./converter-sink";
import { type DocumentSettings, documentPipelines } from "./document-pipelines";
import { kafkaReceiver } from "./kafka-receiver";
import type { KafkaSink } from "./kafka-sinks";
import type { PipelineConfig } from "./pipeline-schema";

/**
 * The configuration of a sink's collectors: read the sensors' lines from Kafka in a group of its own, make the documents
 * that Elasticsearch gets, send these. It keeps nothing itself, and nobody waits for it.
 */
export function sinkConfig(
  fragments: readonly PlannedFragment[],
  config: PipelineConfig,
  settings: DocumentSettings,
  kafka: Kafka,
  { id, name, kafka: client, exporter, converter }: KafkaSink,
): CollectorConfig {
  // The alert rules tell the sinks apart by it.
  const receiver = `kafka/${id}`;
  const { extensions = {}, record } = exporter;
  const { processors, connectors, pipelines } = documentPipelines(receiver, fragments, config, settings, {
    exporter: exporter.id,
    processors: { "transform/record": record },
  });
  const back = converter ? wayBack(converter, kafka) : undefined;
  return {
    receivers: {
      [receiver]: kafkaReceiver(kafka, { client, clientId: name, group: client.consumerGroup }),
      ...back?.receivers,
    },
    processors: { memory_limiter: MEMORY_LIMITER, ...processors },
    ...(connectors ? { connectors } : {}),
    exporters: { [exporter.id]: exporter.config, ...back?.exporters },
    extensions: { health_check: HEALTH_CHECK, ...extensions },
    service: {
      extensions: ["health_check", ...Object.keys(extensions)],
      pipelines: { ...pipelines, ...back?.pipelines },
      telemetry: telemetry(config.metrics.port),
    },
  };
}
