import type { SinkReader, Sinks } from "./sinks-schema";

/** What all kinds of sinks have. */
export interface NamedSink {
  /** "otlp-loki", "cloudwatch", "s3". */
  id: string;
  /** Where it is in the stack config. */
  path: readonly (string | number)[];
  replicas: number;
  kafka: SinkReader;
}

/** The sinks of a stack in the order of the config, each with a name that no other has in it. */
export function namedSinks({ otlp, cloudwatch, s3 }: Sinks): NamedSink[] {
  return [
    ...otlp.map(({ name, replicas, kafka }, index) => ({
      id: `otlp-${name}`,
      path: ["output", "otlp", index],
      replicas,
      kafka,
    })),
    ...(cloudwatch ? [{ id: "cloudwatch", path: ["output", "cloudwatch"], ...rest(cloudwatch) }] : []),
    ...(s3 ? [{ id: "s3", path: ["output", "s3"], ...rest(s3) }] : []),
  ];
}

function rest({ replicas, kafka }: Pick<NamedSink, "replicas" | "kafka">) {
  return { replicas, kafka };
}

/** The group whose position is the sink's own. */
export function consumerGroup({ id, kafka }: Pick<NamedSink, "id" | "kafka">): string {
  return kafka.consumerGroup ?? `security-${id}`;
}
