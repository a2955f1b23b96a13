import type { Kafka } from "../core/config/kafka-schema";
import type { AwsRights } from "../core/contract/aws-rights";
import type { PlanContext } from "../core/contract/context";
import { IMAGES } from "../core/tables/pins";
import type { Condition } from "../kubernetes/conditions";
import type { Manifest } from "../kubernetes/manifest";
import type { CollectorConfig } from "./collector-config";
import { kafkaSecrets } from "./kafka-client";
import { readerManifests } from "./kafka-reader";
import { SINK, selectorOfSink } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";
import type { Sink } from "./sinks";

/** The collectors of one sink. */
export function sinkManifests(
  config: PipelineConfig,
  { kafka, namespaces, store, workload }: PlanContext,
  sink: Sink,
  collector: CollectorConfig | undefined,
): Manifest[] {
  if (!kafka || !collector) return [];
  const { id, name, replicas, env, volumeMounts, volumes, converter } = sink;
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
    env,
    volumeMounts,
    volumes,
    ...(converter ? { beside: converter.template } : {}),
  });
  return [...(converter?.manifests ?? []), ...planned];
}

/** One for each, so that one that waits for its Secrets says nothing of the way to Elasticsearch. */
export function sinkCondition(sink: Sink, { namespaces, kafka }: PlanContext): Condition {
  const secrets = kafka ? secretsOf(sink, kafka) : [];
  const namespace = namespaces.restricted;
  return {
    type: `SinkReady-${sink.id}`,
    workloads: [{ kind: "Deployment", namespace, name: sink.name }],
    until: `${sink.name} starts once namespace ${namespace} has the Secret${secrets.length > 1 ? "s" : ""} ${secrets.join(" and ")}`,
  };
}

function secretsOf({ kafka: client, secrets }: Sink, kafka: Kafka): string[] {
  return [...new Set([...kafkaSecrets(kafka, client), ...secrets])];
}

/** A sink that may have a role in AWS. */
type WithRights = Pick<Sink, "name" | "rights">;

/** What each may do in AWS, for a cluster that the stack makes there. */
export function rightsOf(sinks: readonly WithRights[], namespace: string): AwsRights[] {
  return sinks.flatMap(({ name, rights }) =>
    rights ? [{ namespace, serviceAccount: name, ...rights }] : [],
  );
}

/** While Kafka is drained, new lines go past it. */
export function sinkWarnings(sinks: readonly Sink[], kafka: Kafka | undefined): string[] {
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
