import type { ConfiguredSink } from "../contract/sink";
import type { ConfigIssue } from "./config-error";
import type { Envelope } from "./envelope-schema";
import { formatPath } from "./issues";

/** What no schema can say of the sinks beside Elasticsearch: that each has what it reads, and alone. */
export function checkSinks(
  { output }: Pick<Envelope, "output">,
  sinks: readonly ConfiguredSink[],
): ConfigIssue[] {
  return sinks.flatMap((sink, index) => {
    const before = sinks.slice(0, index);
    return [
      ...(before.some(({ id }) => id === sink.id) ? [sameName(sink)] : []),
      ...(sink.kafka ? readerIssues(sink, before, output) : storeIssues(sink)),
    ];
  });
}

function readerIssues(
  { id, kafka, path, replicas, apiKeySecretRef }: ConfiguredSink,
  before: readonly ConfiguredSink[],
  output: Envelope["output"],
): ConfigIssue[] {
  if (!kafka) return [];
  if (!output.kafka) return [withoutKafka(formatPath([...path, "kafka"]))];
  const group = kafka.consumerGroup;
  const others = before.filter((one) => one.id !== id);
  const groups = others.flatMap((one) => one.kafka?.consumerGroup ?? []);
  const { partitions, consumerGroup: indexers } = output.kafka;
  return [
    ...(replicas > partitions
      ? [
          replicaIssue(
            path,
            replicas,
            "at most as many as output.kafka.partitions: more would have nothing to read",
          ),
        ]
      : []),
    ...([indexers, ...groups].includes(group) ? [takenGroup(path, group)] : []),
    ...(apiKeySecretRef ? [uselessKey(path)] : []),
  ];
}

function storeIssues({ path, replicas }: ConfiguredSink): ConfigIssue[] {
  if (replicas === 1) return [];
  return [
    replicaIssue(
      path,
      replicas,
      "1: one pod keeps the position of a sink that reads from Elasticsearch; several share a topic (kafka)",
    ),
  ];
}

function withoutKafka(path: string): ConfigIssue {
  return {
    code: "CFG004",
    path: formatPath(["output", "kafka"]),
    found: `${path}, by which the sink reads from Kafka`,
    allowed: "the brokers and the topic that it reads from",
    fix: `configure output.kafka (docs/kafka.md), or leave ${path} out: the sink then reads what Elasticsearch has`,
  };
}

function replicaIssue(path: ConfiguredSink["path"], replicas: number, allowed: string): ConfigIssue {
  return { code: "CFG003", path: formatPath([...path, "replicas"]), found: String(replicas), allowed };
}

function sameName({ path }: ConfiguredSink): ConfigIssue {
  const found = "a name that another one has";
  return { code: "CFG003", path: formatPath([...path, "name"]), found, allowed: "each name once" };
}

function takenGroup(path: ConfiguredSink["path"], group: string): ConfigIssue {
  return {
    code: "CFG003",
    path: formatPath([...path, "kafka", "consumerGroup"]),
    found: group,
    allowed: "a group that nobody else has: two readers of one group get half of the lines each",
  };
}

function uselessKey(path: ConfiguredSink["path"]): ConfigIssue {
  return {
    code: "CFG003",
    path: formatPath([...path, "apiKeySecretRef"]),
    found: "a key for Elasticsearch",
    allowed: "none beside kafka: the sink reads the topic",
  };
}
