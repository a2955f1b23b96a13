import { anyOf, ofCluster } from "./arrivals";
import type { Bucket, EventStore, StoredHit } from "./event-store";
import { type Interval, withinAny } from "./intervals";
import type { Json, ResolvedRule } from "./resolved-rule";
import { type KeyedEvent, RuleRun } from "./rule-run";

export interface Evaluation {
  /** Indices of the events, with commas between them. */
  events: string;
  clusterName: string;
  /** Keeps what nearly was a chain. */
  explains?: boolean;
}

/** Events of a page: some hundred bytes each, as they are sent. */
const PAGE = 5000;
/** Values of a field by which events are narrowed down; with more, the query would cost what it saves. */
const MOST_VALUES = 1000;

/** All chains of a rule that end within the intervals; the events read are counted. */
export async function evaluate(
  store: EventStore,
  rule: ResolvedRule,
  intervals: readonly Interval[],
  options: Evaluation,
): Promise<{ run: RuleRun; read: number }> {
  const run = new RuleRun(rule, options.explains);
  const narrowed = intervals.length > 0 && (await candidates(store, rule, intervals, options));
  let read = 0;
  if (narrowed) {
    const page = { query: allOf([eventsOf(rule), withinAny(intervals), ...narrowed], options), size: PAGE };
    for await (const hits of store.stream(options.events, { ...page, fields: fieldsOf(rule) })) {
      read += hits.length;
      for (const hit of hits) run.push(eventOf(hit, rule));
    }
  }
  run.end();
  return { run, read };
}

/** Clauses that leave what may be in a chain; false where there can be none. */
async function candidates(
  store: EventStore,
  rule: ResolvedRule,
  intervals: readonly Interval[],
  options: Evaluation,
): Promise<Json[] | false> {
  // What nearly was a chain is just what would be left out.
  if (options.explains) return [];
  const isCount = rule.type === "event_count" || rule.type === "value_count";
  const values = (field: string) => ({
    terms: {
      field,
      size: MOST_VALUES,
      ...(rule.type === "event_count" ? { min_doc_count: rule.atLeast } : {}),
    },
  });
  const perStep = { fields: Object.fromEntries(rule.groupBy.map((field, i) => [`f${i}`, values(field)])) };
  const filters = isCount ? [eventsOf(rule)] : rule.steps.map(({ query }) => query);
  const { aggregations } = await store.search(options.events, {
    size: 0,
    track_total_hits: false,
    query: allOf([eventsOf(rule), withinAny(intervals)], options),
    aggs: { steps: { filters: { filters }, aggs: perStep.fields } },
  });
  const steps = (aggregations["steps"]?.buckets ?? []) as Bucket[];
  if (steps.length < filters.length || steps.some(({ doc_count }) => doc_count === 0)) return false;
  const clauses: Json[] = [];
  for (const [i, field] of rule.groupBy.entries()) {
    const common = inAll(steps.map((step) => step[`f${i}`] as Terms));
    if (common?.length === 0) return false;
    if (common) clauses.push({ terms: { [field]: common } });
  }
  return clauses;
}

interface Terms {
  sum_other_doc_count: number;
  buckets: { key: string | number }[];
}

/** Values that every step has; undefined where they are too many to be named. */
function inAll(steps: readonly Terms[]): (string | number)[] | undefined {
  const complete = steps.filter(
    ({ sum_other_doc_count, buckets }) => sum_other_doc_count === 0 && buckets.length < MOST_VALUES,
  );
  const [first, ...others] = complete.map(({ buckets }) => new Set(buckets.map(({ key }) => key)));
  return first && [...first].filter((key) => others.every((other) => other.has(key)));
}

function eventsOf({ steps }: ResolvedRule): Json {
  const named = steps.map(({ query }, i) => ({ bool: { filter: [query], _name: String(i) } }));
  return named.length === 1 ? steps[0]!.query : anyOf(named);
}

function allOf(clauses: readonly Json[], { clusterName }: Evaluation): Json {
  return { bool: { filter: [...clauses, ofCluster(clusterName)] } };
}

function fieldsOf({ groupBy, field }: ResolvedRule): (string | Json)[] {
  const others = new Set(["event.id", ...groupBy, ...(field === undefined ? [] : [field])]);
  return [{ field: "@timestamp", format: "epoch_millis" }, ...others];
}

const FIRST_STEP = [0];

function eventOf({ _id, fields = {}, matched_queries }: StoredHit, rule: ResolvedRule): KeyedEvent {
  const values = rule.field === undefined ? undefined : (fields[rule.field] ?? []).map(String);
  return {
    time: Number(fields["@timestamp"]?.[0]),
    id: String(fields["event.id"]?.[0] ?? _id),
    steps: matched_queries ? matched_queries.map(Number) : FIRST_STEP,
    keys: keysOf(rule.groupBy.map((field) => fields[field] ?? [])),
    ...(values ? { values } : {}),
  };
}

/** A key for every combination; none where a field has no value. */
function keysOf(values: readonly (readonly unknown[])[]): string[] {
  if (values.every(({ length }) => length === 1))
    return [JSON.stringify(values.map(([value]) => String(value)))];
  let keys: string[][] = [[]];
  for (const some of values)
    keys = keys.flatMap((key) => [...new Set(some)].map((value) => [...key, String(value)]));
  return keys.map((key) => JSON.stringify(key));
}
