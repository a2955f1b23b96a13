import { filterClauses } from "../../documents/condition";
import { type Metric, metricsOf, type Panel, type Split, splitsOf } from "../../documents/panel";

type Json = Record<string, unknown>;

/** One group of a panel's answer: what it is, and the metrics of it. */
export interface Figures {
  /** By split, from the outermost to the innermost: a term, a group's label, or a time in ISO 8601. */
  keys: (string | number)[];
  values: number[];
}

export interface QueryOptions {
  /** Time field of the data view, where it has one. */
  timeField?: string;
  /** Start of the time range: date math or a time. */
  from: string;
  /** Step of a split by time: "1m", "1h". Kibana picks one that fits the width of the panel. */
  step: string;
}

/**
 * Body of the `_search` whose answer the panel shows. Only aggregations that Kibana's Lens makes of the same
 * operations: terms, filters, date_histogram, cardinality, sum, max, min (elastic/kibana, lens form_based operations).
 */
export function searchBody({ filter, chart }: Panel, options: QueryOptions): Json {
  const range = options.timeField ? [{ range: { [options.timeField]: { gte: options.from } } }] : [];
  return {
    size: 0,
    track_total_hits: true,
    query: { bool: { filter: [...range, ...filterClauses(filter)] } },
    aggs: aggregations(splitsOf(chart), metricsOf(chart), options.step),
  };
}

function aggregations([split, ...inner]: readonly Split[], metrics: readonly Metric[], step: string): Json {
  if (!split)
    return Object.fromEntries(
      metrics.flatMap((metric, i) => (metric.operation === "count" ? [] : [[`m${i}`, metricOf(metric)]])),
    );
  // Groups are ranked by the first metric, which is calculated for each of them on the way.
  const own = inner.length > 0 ? aggregations([], metrics.slice(0, 1), step) : {};
  return {
    split: { ...groupsOf(split, metrics[0], step), aggs: { ...own, ...aggregations(inner, metrics, step) } },
  };
}

function groupsOf(split: Split, rankedBy: Metric | undefined, step: string): Json {
  switch (split.by) {
    case "terms": {
      const order = !rankedBy || rankedBy.operation === "count" ? { _count: "desc" } : { m0: "desc" };
      return { terms: { field: split.field, size: split.limit, order } };
    }
    case "filters": {
      const filters = split.groups.map(({ conditions }) => ({ bool: { filter: filterClauses(conditions) } }));
      return { filters: { filters } };
    }
    case "time":
      return { date_histogram: { field: split.field, fixed_interval: step, min_doc_count: 1 } };
  }
}

function metricOf(metric: Exclude<Metric, { operation: "count" }>): Json {
  const { field } = metric;
  return metric.operation === "unique_count" ? { cardinality: { field } } : { [metric.operation]: { field } };
}

interface Bucket extends Json {
  key?: string | number;
  key_as_string?: string;
  doc_count: number;
  split?: { buckets: Bucket[] };
}

/** What the answer of {@link searchBody} says, one entry for each group that has documents. */
export function readAnswer({ chart }: Panel, answer: Json): Figures[] {
  const { total } = answer["hits"] as { total: { value: number } };
  const top = { ...(answer["aggregations"] as Json | undefined), doc_count: total.value } as Bucket;
  return read(top, splitsOf(chart), metricsOf(chart));
}

function read(bucket: Bucket, [split, ...inner]: readonly Split[], metrics: readonly Metric[]): Figures[] {
  if (!split) return [{ keys: [], values: metrics.map((metric, i) => metricValue(bucket, metric, i)) }];
  return (bucket.split?.buckets ?? []).flatMap((group, i) =>
    group.doc_count === 0
      ? []
      : read(group, inner, metrics).map(({ keys, values }) => ({
          keys: [keyOf(split, group, i), ...keys],
          values,
        })),
  );
}

function keyOf(split: Split, { key = "", key_as_string }: Bucket, i: number): string | number {
  if (split.by === "filters") return split.groups[i]!.label;
  return split.by === "time" ? (key_as_string ?? key) : key;
}

function metricValue(bucket: Bucket, metric: Metric, i: number): number {
  if (metric.operation === "count") return bucket.doc_count;
  return (bucket[`m${i}`] as { value: number | null }).value ?? 0;
}
