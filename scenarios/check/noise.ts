import type { Json, Store } from "./store";

/** Documents of the sensors in a time in which nobody attacked, from one node. */
export interface NodeNoise {
  node: string;
  total: number;
  /** By rule or policy, or by the kind of event where it needs neither; the most frequent first. */
  sources: { tool: string; source: string; count: number }[];
}

/** Documents that a quiet node may write in so many minutes. */
const BUDGET = { documents: 50, minutes: 5 };
const MOST_NODES = 1000;
const MOST_SOURCES = 100;

/** Where, and of which time, the noise is measured. */
export interface IdleScope {
  index: string;
  clusterName?: string;
  from: Date;
  to: Date;
}

/** The budget of a time in milliseconds: 50 documents of a node in five minutes, and in proportion. */
export function noiseBudget(milliseconds: number): number {
  return Math.ceil((BUDGET.documents * milliseconds) / (BUDGET.minutes * 60_000));
}

/** What each node wrote, by sensor and by what made it. */
export async function measureNoise(store: Store, scope: IdleScope): Promise<NodeNoise[]> {
  const { index, clusterName, from, to } = scope;
  const time = { range: { "@timestamp": { gte: from.toISOString(), lt: to.toISOString() } } };
  const cluster = clusterName ? [{ term: { "orchestrator.cluster.name": clusterName } }] : [];
  const { aggregations } = await store.search(index, {
    size: 0,
    query: { bool: { filter: [time, ...cluster] } },
    aggs: by("host.name", MOST_NODES, by("labels.security_tool", 20, SOURCES)),
  });
  return bucketsOf(aggregations, "host.name").map((node) => ({
    node: node.key,
    total: node.doc_count,
    sources: bucketsOf(node, "labels.security_tool")
      .flatMap((tool) => sourcesOf(tool))
      .sort((a, b) => b.count - a.count),
  }));
}

/** Where a document names neither. */
const NONE = "-";
const SOURCES = by("rule.name", MOST_SOURCES, by("event.action", 20));

interface Bucket extends Json {
  key: string;
  doc_count: number;
}

function by(field: string, size: number, aggs?: Json): Json {
  return { [field]: { terms: { field, size, missing: NONE }, ...(aggs && { aggs }) } };
}

function bucketsOf(parent: Json | undefined, field: string): Bucket[] {
  return ((parent?.[field] as { buckets?: Bucket[] } | undefined)?.buckets ?? []) as Bucket[];
}

function sourcesOf(tool: Bucket): NodeNoise["sources"] {
  return bucketsOf(tool, "rule.name").flatMap((rule) =>
    rule.key === NONE
      ? bucketsOf(rule, "event.action").map(({ key, doc_count: count }) => ({
          tool: tool.key,
          source: key,
          count,
        }))
      : [{ tool: tool.key, source: rule.key, count: rule.doc_count }],
  );
}
