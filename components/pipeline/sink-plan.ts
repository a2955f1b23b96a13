import type { Kafka } from "../core/config/kafka-schema";
import type { AwsRights } from "../core/contract/aws-rights";
import type { PlanContext } from "../core/contract/context";
import type { SinkRights } from "../core/contract/sink";
import { IMAGES } from "../core/tables/pins";
import type { Condition } from "../kubernetes/conditions";
import type { Manifest } from "../kubernetes/manifest";
import { secretVolume } from "../kubernetes/pods";
import type { CollectorConfig } from "./collector-config";
import { kafkaSecrets } from "./kafka-client";
import { readerManifests } from "./kafka-reader";
import type { KafkaSink } from "./kafka-sinks";
import { SINK, selectorOfSink } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

/** Else the AWS SDK asks the node for credentials, where the pod has none of its own. */
const NO_CREDENTIALS_OF_NODE = [{ name: "AWS_EC2_METADATA_DISABLED", value: "true" }];

/** The collectors of one sink. */
export function sinkManifests(
  config: PipelineConfig,
  { kafka, namespaces, store, workload }: PlanContext,
  sink: KafkaSink,
  collector: CollectorConfig | undefined,
): Manifest[] {
  if (!kafka || !collector) return [];
  const { id, name, replicas, secrets, rights, converter } = sink;
  const planned = readerManifests({
    name,
    selector: selectorOfSink(id),
    collector,
    config,
    settings: converter?.workload ?? workload(SINK, "Deployment", IMAGES.otelCollector, { replicas }, id),
    namespace: namespaces.restricted,
    kafka,
    client: sink.kafka,
    secretsExist: store.secretsExist,
    env: rights ? NO_CREDENTIALS_OF_NODE : [],
    volumeMounts: secrets.map(({ volume, folder }) => ({
      ...{ name: volume, mountPath: folder, readOnly: true },
    })),
    volumes: secrets.map((secret) => secretVolume(secret.volume, secret.name)),
    ...(converter ? { beside: converter.template } : {}),
  });
  return [...(converter?.manifests ?? []), ...planned];
}

/** One for each, so that one that waits for its Secrets says nothing of the way to Elasticsearch. */
export function sinkCondition(sink: KafkaSink, { namespaces, kafka }: PlanContext): Condition {
  const secrets = kafka ? secretsOf(sink, kafka) : [];
  const namespace = namespaces.restricted;
  return {
    type: `SinkReady-${sink.id}`,
    workloads: [{ kind: "Deployment", namespace, name: sink.name }],
    until: `${sink.name} starts once namespace ${namespace} has the Secret${secrets.length > 1 ? "s" : ""} ${secrets.join(" and ")}`,
  };
}

function secretsOf({ kafka: client, secrets }: KafkaSink, kafka: Kafka): string[] {
  return [...new Set([...kafkaSecrets(kafka, client), ...secrets.map(({ name }) => name)])];
}

/** A sink that may have a role in AWS. */
interface WithRights {
  name: string;
  rights?: SinkRights;
}

/** What each may do in AWS, for a cluster that the stack makes there. */
export function rightsOf(sinks: readonly WithRights[], namespace: string): AwsRights[] {
  return sinks.flatMap(({ name, rights }) =>
    rights ? [{ namespace, serviceAccount: name, ...rights }] : [],
  );
}

/** While Kafka is drained, new lines go past it. */
export function sinkWarnings(sinks: readonly KafkaSink[], kafka: Kafka | undefined): string[] {
  if (!kafka?.drain) return [];
  return sinks.map(
    ({ name }) =>
      `${name} gets no new lines while output.kafka.drain is set: they go to Elasticsearch directly, past the topic that it reads.`,
  );
}

/** What is left to the user: Secrets, and a role in AWS where the stack does not make the cluster. */
export function sinkSteps(
  sinks: readonly WithRights[],
  conditions: readonly Condition[],
  { global, namespaces }: PlanContext,
): string[] {
  const ownCluster = global.cluster === "eks";
  return sinks.flatMap(({ name, rights }, index) => {
    const until = conditions[index]?.until;
    const role = `Give the service account ${name} of namespace ${namespaces.restricted} a role by EKS Pod Identity that may ${rights?.actions.join(", ")} on ${rights?.resources.join(" and ")} (docs/sinks.md).`;
    return [...(until === undefined ? [] : [`The ${until}.`]), ...(rights && !ownCluster ? [role] : [])];
  });
}
