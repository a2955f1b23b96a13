import type { DocumentConverter } from "../core/contract/document-converter";
import type { ConfiguredSink, SinkDestination } from "../core/contract/sink";
import { nameOfSink } from "./pipeline-names";

/** Where documents go besides Elasticsearch, each with collectors of its own that read from Kafka. */
export interface KafkaSink extends Omit<SinkDestination, "target"> {
  id: string;
  /** Name of its Deployment and all else that is its own. */
  name: string;
  replicas: number;
  kafka: NonNullable<ConfiguredSink["kafka"]>;
  /** The program beside its collectors that makes something else of the documents, where they go to a topic. */
  converter?: DocumentConverter;
}

/** The sinks of the stack config that read from Kafka. */
export function plannedKafkaSinks(sinks: readonly ConfiguredSink[]): KafkaSink[] {
  return sinks.flatMap(({ kafka, ...sink }) =>
    kafka ? [{ ...sink, kafka, name: nameOfSink(sink.id) }] : [],
  );
}
