import type { ConfigIssue } from "./config-error";
import type { Envelope } from "./envelope-schema";
import { formatPath } from "./issues";
import { consumerGroup, namedSinks } from "./named-sinks";

/** What no schema can say of the sinks beside Elasticsearch: that there is a topic to read, and a group for each. */
export function checkSinks({ output }: Pick<Envelope, "output">): ConfigIssue[] {
  const sinks = namedSinks(output);
  if (output.kafka === undefined) return sinks.map(({ path }) => withoutKafka(formatPath(path)));
  const { partitions, consumerGroup: indexers } = output.kafka;
  const groups = sinks.map(consumerGroup);
  return sinks.flatMap((sink, index) => [
    ...(sink.replicas > partitions ? [tooMany(formatPath([...sink.path, "replicas"]), sink.replicas)] : []),
    ...([indexers, ...groups.slice(0, index)].includes(groups[index]!)
      ? [taken(sameName(sinks.slice(0, index), sink.id), sink.path, groups[index]!)]
      : []),
  ]);
}

function withoutKafka(path: string): ConfigIssue {
  return {
    code: "CFG004",
    path: formatPath(["output", "kafka"]),
    found: `${path}, which reads from Kafka`,
    allowed: "the brokers and the topic that it reads from",
    fix: `configure output.kafka (docs/kafka.md), or leave ${path} out: on the gateways' way to Elasticsearch a second receiver that is away would hold up the first`,
  };
}

function tooMany(path: string, replicas: number): ConfigIssue {
  return {
    code: "CFG003",
    path,
    found: String(replicas),
    allowed: "at most as many as output.kafka.partitions: more would have nothing to read",
  };
}

function sameName(before: readonly { id: string }[], id: string): boolean {
  return before.some((one) => one.id === id);
}

function taken(byName: boolean, path: readonly PropertyKey[], group: string): ConfigIssue {
  const key = byName ? ["name"] : ["kafka", "consumerGroup"];
  return {
    code: "CFG003",
    path: formatPath([...path, ...key]),
    found: byName ? "a name that another one has" : group,
    allowed: byName
      ? "each name once"
      : "a group that nobody else has: two readers of one group get half of the lines each",
  };
}
