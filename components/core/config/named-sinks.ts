import type { ConfiguredSinks, SinkReader, Sinks } from "./sinks-schema";

/** What all kinds of sinks have. */
interface AnySink {
  /** "otlp-loki", "cloudwatch", "s3". */
  id: string;
  /** Where it is in the stack config. */
  path: readonly (string | number)[];
  replicas: number;
}

/** One that reads from Kafka. */
export interface NamedSink extends AnySink {
  kafka: SinkReader;
}

/** One that reads from Kafka, or from Elasticsearch. */
export interface ConfiguredSink extends AnySink {
  kafka?: SinkReader | undefined;
  apiKeySecretRef?: { name: string; key: string } | undefined;
}

/** The sinks of a stack in the order of the config, each with a name that no other has in it. */
export function configuredSinks({ otlp, cloudwatch, s3 }: ConfiguredSinks): ConfiguredSink[] {
  return [
    ...otlp.map((sink, index) => named(`otlp-${sink.name}`, ["output", "otlp", index], sink)),
    ...(cloudwatch ? [named("cloudwatch", ["output", "cloudwatch"], cloudwatch)] : []),
    ...(s3 ? [named("s3", ["output", "s3"], s3)] : []),
  ];
}

function named(
  id: string,
  path: ConfiguredSink["path"],
  { replicas, kafka, apiKeySecretRef }: Omit<ConfiguredSink, "id" | "path">,
): ConfiguredSink {
  return { id, path, replicas, kafka, apiKeySecretRef };
}

/** Those that read from Kafka. */
export function kafkaSinks({ otlp, cloudwatch, s3 }: ConfiguredSinks): Sinks {
  return { otlp: otlp.filter(readsKafka), cloudwatch: only(cloudwatch), s3: only(s3) };
}

function readsKafka<One extends { kafka?: SinkReader | undefined }>(
  one: One,
): one is One & { kafka: SinkReader } {
  return one.kafka !== undefined;
}

function only<One extends { kafka?: SinkReader | undefined }>(one: One | undefined) {
  return one && readsKafka(one) ? one : undefined;
}

/** {@link kafkaSinks} by their names. */
export function namedSinks(sinks: Sinks): NamedSink[] {
  return configuredSinks(sinks).filter(readsKafka);
}

/** The group whose position is the sink's own. */
export function consumerGroup({ id, kafka }: Pick<NamedSink, "id" | "kafka">): string {
  return kafka.consumerGroup ?? `security-${id}`;
}
