import type { Alert, Matching, Silence } from "../../documents/alerts";
import { READ_AT } from "../../documents/alerts";
import { filterClauses } from "../../documents/condition";
import { type Bucket, type GroupKey, readBuckets } from "./buckets";
import type { PassSettings } from "./notifier-settings";
import type { Searches } from "./searches";

/** A rule that holds for a group of documents. */
export interface Firing {
  rule: Alert;
  /** Values by field. */
  group: GroupKey;
  count: number;
  /** When it began and when it was seen last, in milliseconds. */
  first: number;
  last: number;
  /** Until when it holds if it is not seen again. */
  until: number;
  example: Readonly<Record<string, string>>;
}

/** Groups of a rule that are looked at. */
export const MOST_GROUPS = 5_000;

/**
 * Fields by which alerts of a rule that one document raises are told apart, beside those that it groups by: what routes
 * ask for. Of a document with several techniques there is an alert for each, in one message.
 */
const ALSO = [
  "event.severity",
  "kubernetes.namespace",
  "kubernetes.pod.name",
  "kubernetes.pod.uid",
  "labels.security_tool",
  "threat.technique.id",
];

const SHOWN = ["process.command_line", "process.executable"];

const MINUTE_MS = 60_000;

/**
 * Everything for which a rule would have fired at some time within the hold: the answer depends on the documents alone,
 * not on what was asked before.
 */
export async function firingOf(
  searches: Searches,
  rule: Alert,
  settings: PassSettings,
  now: number,
): Promise<{ firing: Firing[]; isCut: boolean }> {
  const { when } = rule;
  if (when.kind === "silence") return silent(searches, rule, when, settings, now);
  return when.atLeast === 1
    ? single(searches, rule, when, settings, now)
    : counted(searches, rule, when, settings, now);
}

type Found = Promise<{ firing: Firing[]; isCut: boolean }>;

/** A document is enough. */
async function single(
  searches: Searches,
  rule: Alert,
  when: Matching,
  { holdMs }: PassSettings,
  now: number,
): Found {
  const { buckets, isCut } = await readBuckets(searches, {
    ...queryOf(when, now - holdMs, now),
    also: ALSO,
    show: SHOWN,
  });
  const firing = buckets.map(({ key, ...bucket }) => ({
    rule,
    group: key,
    ...bucket,
    until: bucket.last + holdMs,
  }));
  return { firing, isCut };
}

/** So many documents of a group within the rule's minutes. Only groups that have as many at all are looked at closer. */
async function counted(
  searches: Searches,
  rule: Alert,
  when: Matching,
  { holdMs }: PassSettings,
  now: number,
): Found {
  const from = now - holdMs;
  const { buckets, isCut } = await readBuckets(searches, {
    ...queryOf(when, from, now),
    also: [],
    show: SHOWN,
  });
  const firing: Firing[] = [];
  for (const bucket of buckets.filter(({ count }) => count >= when.atLeast)) {
    const burst = await burstOf(searches, when, bucket, from, now);
    if (burst)
      firing.push({ rule, group: bucket.key, ...burst, until: burst.last + holdMs, example: bucket.example });
  }
  return { firing, isCut };
}

/** Parts of a rule's minutes in which documents are counted: what fills the window but for one part fires too. */
const PARTS = 60;
// Elasticsearch gives at most 65,536 buckets in an answer (its docs, `search.max_buckets`): four days of ten seconds.
const LEAST_PART_MS = 10_000;

interface Part {
  key: number;
  doc_count: number;
}

async function burstOf(
  searches: Searches,
  when: Matching,
  { key }: Bucket,
  from: number,
  to: number,
): Promise<Pick<Firing, "count" | "first" | "last"> | undefined> {
  const windowMs = when.minutes * MINUTE_MS;
  const partMs = Math.max(LEAST_PART_MS, Math.floor(windowMs / PARTS));
  const answer = await searches.aggregate<{ parts: { buckets: Part[] } }>(when.index, {
    query: {
      bool: {
        filter: [
          ...filterClauses(when.filter),
          ...Object.entries(key).map(([field, value]) => ({ term: { [field]: value } })),
          { range: { [when.timeField]: { gte: from, lte: to, format: "epoch_millis" } } },
        ],
      },
    },
    aggs: {
      parts: {
        date_histogram: { field: when.timeField, fixed_interval: `${partMs}ms`, min_doc_count: 1 },
      },
    },
  });
  return burst(answer?.parts.buckets ?? [], when.atLeast, windowMs, partMs);
}

/** First and last time at which at least so many lie within the window; parts are in the order of time. */
export function burst(
  parts: readonly Part[],
  atLeast: number,
  windowMs: number,
  partMs: number,
): Pick<Firing, "count" | "first" | "last"> | undefined {
  let found: Pick<Firing, "count" | "first" | "last"> | undefined;
  let start = 0;
  let count = 0;
  for (const part of parts) {
    count += part.doc_count;
    for (let oldest = parts[start]; oldest && oldest.key < part.key - windowMs; oldest = parts[start]) {
      count -= oldest.doc_count;
      start += 1;
    }
    if (count < atLeast) continue;
    found = { count, first: found?.first ?? parts[start]!.key, last: part.key + partMs };
  }
  return found;
}

/** A state, not an event: it holds as long as it is seen. */
async function silent(
  searches: Searches,
  rule: Alert,
  { index, filter, minutes, groupBy }: Silence,
  { holdMs, stateHoldMs }: PassSettings,
  now: number,
): Found {
  const silenceMs = minutes * MINUTE_MS;
  const { buckets, isCut } = await readBuckets(searches, {
    index,
    filter: filterClauses(filter),
    timeField: READ_AT,
    from: now - holdMs - silenceMs,
    to: now,
    groupBy: [groupBy],
    also: ["labels.security_tool"],
    show: [],
    most: MOST_GROUPS,
  });
  const firing = buckets
    .filter(({ last }) => last < now - silenceMs)
    .map(({ key, count, last, example }) => ({
      ...{ rule, group: key, count, example },
      first: last + silenceMs,
      last,
      until: now + stateHoldMs,
    }));
  return { firing, isCut };
}

function queryOf({ index, filter, timeField, groupBy }: Matching, from: number, to: number) {
  return { index, filter: filterClauses(filter), timeField, from, to, groupBy, most: MOST_GROUPS };
}
