import type { NetworkPolicyEgressRule } from "kubernetes-types/networking/v1";
import type { ZodType } from "zod";
import type { CollectorComponent } from "../../documents/documents";
import type { SecretKey } from "../../documents/store";
import { toPodIdentity } from "../../kubernetes/network-policies";
import type { KafkaClient } from "../config/kafka-schema";
import type { SinkConfig } from "../config/sinks-schema";
import type { AwsRights } from "./aws-rights";

/** A key of a Secret that the user makes, as a file of a folder of the sink's pods. */
export interface SinkSecret extends SecretKey {
  volume: string;
  folder: string;
}

/** What a sink may do in AWS, whatever it reads from. */
export type SinkRights = Omit<AwsRights, "namespace" | "serviceAccount"> & { resources: readonly string[] };

/** How the collectors of a sink that reads from Kafka send. */
export interface SinkExporter {
  /** Its id in the collectors' configuration: "otlp_http". */
  id: string;
  config: CollectorComponent;
  /** Extensions that it names, by their ids. */
  extensions?: Readonly<Record<string, CollectorComponent>>;
  /** Transform processor that makes a record of a document. */
  record: CollectorComponent;
}

/** How the program of a sink that reads from Elasticsearch sends. */
export interface SinkTarget {
  /** Module whose `open` opens it in the pod, from the root of the repository. */
  source: string;
  /** What `open` gets, as JSON in a ConfigMap: no secret. */
  settings: object;
}

/** What a sink sends to, and what it takes to get there. */
export interface SinkDestination {
  egress: NetworkPolicyEgressRule[];
  /** By their folders: with a collector the whole Secret is there, with a program the key alone. */
  secrets: readonly SinkSecret[];
  /** With rights it has the credentials of EKS Pod Identity, never those of the node. */
  rights?: SinkRights;
  exporter: SinkExporter;
  target: SinkTarget;
}

/** One sink of a stack config. */
export interface ConfiguredSink extends SinkDestination {
  /** A name that no other has: "otlp-loki", "s3". */
  id: string;
  /** Where it is in the stack config. */
  path: readonly (string | number)[];
  replicas: number;
  /** Who it is to Kafka, in a group whose position is its own; without it it reads from Elasticsearch. */
  kafka?: KafkaClient & { consumerGroup: string };
  /** Of one that reads from Elasticsearch. */
  apiKeySecretRef?: SecretKey | undefined;
}

/** What the author of a sink writes; see {@link defineSink}. */
export interface SinkDefinition<Config extends SinkConfig> {
  /** The key of `output` that asks for it: "s3". */
  name: string;
  /** Of that key: a strict object with all of `sinkParts`, optional, or a list of such objects with a `name` each. */
  schema: ZodType<Config | Config[] | undefined>;
  /** Pure: the same config gives the same destination. */
  destination(config: Config): SinkDestination;
}

/**
 * A way out of the stack beside Elasticsearch. Adding one is a file that defines it, a module that opens it in the pod, and a
 * row in the list of sinks; nothing else names it.
 */
export interface Sink {
  name: string;
  schema: ZodType;
  /**
   * The sinks that its key of `output` asks for.
   * @throws ZodError where that is not valid
   */
  configured(written: unknown): ConfiguredSink[];
}

/** Binds a definition's own type of config, so that the list can hold sinks of any. */
export function defineSink<Config extends SinkConfig>(definition: SinkDefinition<Config>): Sink {
  const { name, schema, destination } = definition;
  const bind = (config: Config, path: ConfiguredSink["path"], id: string): ConfiguredSink => {
    const { replicas, kafka, apiKeySecretRef } = config;
    const { egress, ...more } = destination(config);
    return {
      ...{ id, path, replicas, apiKeySecretRef, ...more },
      egress: [...egress, ...(more.rights ? [toPodIdentity()] : [])],
      ...(kafka ? { kafka: { ...kafka, consumerGroup: kafka.consumerGroup ?? `security-${id}` } } : {}),
    };
  };
  return {
    name,
    schema,
    configured(written) {
      const parsed = schema.parse(written);
      if (parsed === undefined) return [];
      if (!Array.isArray(parsed)) return [bind(parsed, ["output", name], name)];
      return parsed.map((one, index) => bind(one, ["output", name, index], `${name}-${one.name}`));
    },
  };
}
