import { createHash } from "node:crypto";
import type { Bucket, EventStore } from "./event-store";
import { type Interval, merged } from "./intervals";
import type { Json, ResolvedRule } from "./resolved-rule";

/** Up to which operation each index was read. */
export interface Position {
  index: string;
  sequence: number;
}

/** What came since an earlier pass. */
export interface Arrivals {
  /** By the rule's place: where chains may end or begin that were not there before, with their timespan around them. */
  intervals: readonly (readonly Interval[])[];
  /** Events of rules that happened longer ago than events may come late: they are counted and left out. */
  tooLate: number;
  /** To be noted once all is written; undefined where nothing came. */
  positions: readonly Position[] | undefined;
}

export interface ReadOptions {
  /** Indices of the events, with commas between them. */
  events: string;
  /** Index of the correlations, where positions are noted too. */
  correlations: string;
  clusterName: string;
  /** How long after it happened an event may come. */
  latenessMs: number;
  now: Date;
}

/** `event.dataset` of the documents with positions. */
export const PASS_DATASET = "correlation.pass";

/**
 * Younger positions are not gone by: an operation with a lower sequence number may become visible after one with a higher
 * one, since a shard writes several at once and shows them at its next refresh, every second here.
 */
const SETTLED_MS = 60_000;

/** Width of the intervals in which new events are noticed. */
const STEP_MS = 300_000;

const INDICES = 1000;

/**
 * What is new is told by Elasticsearch's own sequence numbers (`_seq_no`, one series for each shard; the stack's indices have
 * one shard), not by a clock: an event that comes hours late, after an outage or from a node whose clock is wrong, is new
 * when it comes.
 */
export async function readArrivals(
  store: EventStore,
  rules: readonly ResolvedRule[],
  options: ReadOptions,
): Promise<Arrivals> {
  const known = await readPositions(store, options);
  const oldest = options.now.getTime() - options.latenessMs;
  const steps = rules.flatMap((rule, i) => rule.steps.map(({ query }, j) => [`${i}/${j}`, query] as const));
  const { aggregations } = await store.search(options.events, {
    size: 0,
    track_total_hits: false,
    query: { bool: { filter: [arrivedAfter(known), ofCluster(options.clusterName)] } },
    aggs: {
      indices: { terms: { field: "_index", size: INDICES }, aggs: { last: { max: { field: "_seq_no" } } } },
      timely: {
        filter: happened({ gte: oldest }),
        aggs: {
          steps: {
            filters: { filters: Object.fromEntries(steps) },
            aggs: {
              time: { date_histogram: { field: "@timestamp", fixed_interval: "5m", min_doc_count: 1 } },
            },
          },
        },
      },
      late: {
        filter: { bool: { filter: [happened({ lt: oldest }), anyOf(steps.map(([, query]) => query))] } },
      },
    },
  });
  const indices = (aggregations["indices"]?.buckets ?? []) as Bucket[];
  const found = (aggregations["timely"] as { steps?: { buckets: Record<string, Bucket> } } | undefined)
    ?.steps;
  const timesOf = (step: string) =>
    ((found?.buckets[step]?.["time"] as { buckets: { key: number }[] } | undefined)?.buckets ?? []).map(
      ({ key }) => key,
    );
  return {
    intervals: rules.map(({ steps, timespanMs }, i) =>
      merged(
        steps
          .flatMap((_, j) => timesOf(`${i}/${j}`))
          .map((time) => ({ from: time - timespanMs, to: time + STEP_MS + timespanMs })),
      ),
    ),
    tooLate: known.length > 0 ? (aggregations["late"]?.doc_count ?? 0) : 0,
    positions: indices.length > 0 ? advanced(known, indices) : undefined,
  };
}

/** The document that notes positions; its id is that of its content, so that two passes at once note them once. */
export function positionsDocument(positions: readonly Position[], { clusterName, now }: ReadOptions) {
  const id = createHash("sha256")
    .update(JSON.stringify([PASS_DATASET, clusterName, positions]))
    .digest("hex");
  const document: Json = {
    "@timestamp": now.toISOString(),
    event: {
      ...{ kind: "state", category: ["configuration"], type: ["info"], action: "correlation-pass" },
      ...{ module: "correlation", dataset: PASS_DATASET, severity: 1, id: id.slice(0, 32) },
      created: now.toISOString(),
    },
    labels: { security_tool: "correlation" },
    orchestrator: { cluster: { name: clusterName } },
    message: "Events were correlated up to here",
    correlation: { positions },
  };
  return { id: id.slice(0, 32), document };
}

/** The newest positions that are settled. */
async function readPositions(store: EventStore, options: ReadOptions): Promise<Position[]> {
  const { correlations, clusterName, now } = options;
  const { hits } = await store.search(correlations, {
    size: 1,
    track_total_hits: false,
    query: {
      bool: {
        filter: [
          { term: { "event.dataset": PASS_DATASET } },
          ofCluster(clusterName),
          happened({ lte: now.getTime() - SETTLED_MS }),
        ],
      },
    },
    sort: [{ "@timestamp": { order: "desc", unmapped_type: "date" } }],
    _source: ["correlation.positions"],
  });
  const source = hits[0]?._source as { correlation?: { positions?: Position[] } } | undefined;
  return source?.correlation?.positions ?? [];
}

function arrivedAfter(known: readonly Position[]): Json {
  const after = known.map(({ index, sequence }) => ({
    bool: { filter: [{ term: { _index: index } }, { range: { _seq_no: { gt: sequence } } }] },
  }));
  const elsewhere = { bool: { must_not: [{ terms: { _index: known.map(({ index }) => index) } }] } };
  return anyOf([...after, elsewhere]);
}

function advanced(known: readonly Position[], indices: readonly Bucket[]): Position[] {
  const positions = new Map(known.map(({ index, sequence }) => [index, sequence]));
  for (const { key, last } of indices) {
    const { value } = last as { value: number | null };
    if (value !== null) positions.set(String(key), value);
  }
  return [...positions].map(([index, sequence]) => ({ index, sequence })).sort(byIndex);
}

function byIndex(a: Position, b: Position): number {
  return a.index < b.index ? -1 : 1;
}

export function anyOf(queries: readonly Json[]): Json {
  return { bool: { should: [...queries], minimum_should_match: 1 } };
}

export function ofCluster(name: string): Json {
  return { term: { "orchestrator.cluster.name": name } };
}

function happened(bounds: Readonly<Record<string, number>>): Json {
  return { range: { "@timestamp": { ...bounds, format: "epoch_millis" } } };
}
