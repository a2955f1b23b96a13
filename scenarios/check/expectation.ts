import type { Expectation } from "../model/scenario-schema";
import { currentRows } from "./current";
import { fieldOf, problemsOf } from "./fields";
import { nearMisses } from "./near-misses";
import type { Found, Json, Store } from "./store";

/** The indices of the stack by what is in them. */
export type Indices = Record<Expectation["query"]["index"], string>;

/** Where and since when to look. */
export interface Scope {
  indices: Indices;
  /** Only documents of this cluster, where it is given. */
  clusterName?: string;
  /** When the steps began. */
  since: Date;
  until?: Date | undefined;
  /** The events are dated back, as those of a replay: how long after them a document was made says nothing. */
  isDatedBack?: boolean;
}

/** What the store has for an expectation, with what proves it. */
export interface Finding {
  holds: boolean;
  /** Documents that count: found, with all fields as they have to be. */
  count: number;
  /** Why it does not hold, a line each. */
  why: string[];
  evidence: Evidence;
}

export interface Evidence {
  index: string;
  query: Json;
  documents: { id: string; time: string; seenAt: string }[];
}

const MOST_EVIDENCE = 5;
const PAGE = 200;

/** Looks once. Documents with the same event id are one: a line that was delivered twice is no second detection. */
export async function look(expectation: Expectation, store: Store, scope: Scope): Promise<Finding> {
  const index = scope.indices[expectation.query.index];
  const query = queryOf(expectation, scope);
  const hits = expectation.current
    ? await currentHits(expectation, store, scope)
    : (await store.search(index, { query, size: PAGE, sort: [{ "@timestamp": "asc" }] })).hits;
  const events = distinct(hits);
  const wrong = events.map((hit) => ({ hit, problems: problemsIn(hit, expectation, scope) }));
  const right = wrong.filter(({ problems }) => problems.length === 0).map(({ hit }) => hit);
  const why = [...tooMany(expectation, events), ...mislabelled(wrong), ...tooFew(expectation, right, events)];
  const holds =
    right.length >= expectation.min && events.length <= (expectation.max ?? Number.POSITIVE_INFINITY);
  return {
    holds,
    count: right.length,
    why: holds ? [] : why,
    evidence: { index, query, documents: right.slice(0, MOST_EVIDENCE).map(reference) },
  };
}

/** A page of current rows with one at least that counts, else the last that there is. */
async function currentHits(expectation: Expectation, store: Store, scope: Scope): Promise<Found[]> {
  const index = scope.indices[expectation.query.index];
  const filter = [...expectation.query.query.bool.filter, ...clusterOf(scope)];
  let hits: Found[] = [];
  for await (const rows of currentRows(store, index, filter)) {
    if (rows.length > 0) hits = rows;
    if (rows.filter((row) => problemsIn(row, expectation, scope).length === 0).length >= expectation.min)
      break;
  }
  return hits.slice(0, PAGE);
}

/** Why nothing was found, beyond what {@link look} tells: which clause keeps which documents out. */
export async function explain(
  finding: Finding,
  expectation: Expectation,
  store: Store,
  scope: Scope,
): Promise<string[]> {
  if (finding.holds || finding.count >= expectation.min) return finding.why;
  const { filter } = expectation.query.query.bool;
  const always = expectation.current ? clusterOf(scope) : timeOf(expectation, scope);
  const misses = await nearMisses(filter, always, store, finding.evidence.index);
  return [...finding.why, ...misses];
}

function queryOf(expectation: Expectation, scope: Scope): Json {
  const limits = expectation.current ? clusterOf(scope) : timeOf(expectation, scope);
  return { bool: { filter: [...expectation.query.query.bool.filter, ...limits] } };
}

function clusterOf({ clusterName }: Scope): Json[] {
  return clusterName ? [{ term: { "orchestrator.cluster.name": clusterName } }] : [];
}

function timeOf({ lookbackSeconds }: Expectation, scope: Scope): Json[] {
  const { since, until } = scope;
  const gte = new Date(since.getTime() - lookbackSeconds * 1000).toISOString();
  const range = { range: { "@timestamp": { gte, ...(until ? { lte: until.toISOString() } : {}) } } };
  return [range, ...clusterOf(scope)];
}

function problemsIn(
  { _source }: Found,
  { fields, withinSeconds }: Expectation,
  { isDatedBack }: Scope,
): string[] {
  return [...problemsOf(_source, fields), ...(isDatedBack ? [] : lateness(_source, withinSeconds))];
}

/** A document says when the collector read its line: later than the limit is too late, whenever one looks. */
function lateness(document: Json, withinSeconds: number): string[] {
  const [happened, seen] = ["@timestamp", "event.created"].map((field) =>
    Date.parse(String(fieldOf(document, field))),
  );
  const seconds = (seen! - happened!) / 1000;
  return seconds > withinSeconds
    ? [`seen ${seconds.toFixed(0)} s after it happened, at most ${withinSeconds} s`]
    : [];
}

function distinct(hits: Found[]): Found[] {
  const seen = new Map(hits.map((hit) => [String(fieldOf(hit._source, "event.id") ?? hit._id), hit]));
  return [...seen.values()];
}

function tooMany({ max }: Expectation, events: Found[]): string[] {
  return max !== undefined && events.length > max
    ? [`${events.length} events found, at most ${max} expected`]
    : [];
}

function mislabelled(events: { hit: Found; problems: string[] }[]): string[] {
  const lines = events.flatMap(({ hit, problems }) =>
    problems.length > 0 ? [`document ${hit._id}: ${problems.join("; ")}`] : [],
  );
  return lines.slice(0, MOST_EVIDENCE);
}

function tooFew({ min }: Expectation, right: Found[], events: Found[]): string[] {
  if (right.length >= min) return [];
  const wrong = events.length - right.length;
  const uncounted = wrong > 0 ? `; ${wrong} with wrong fields do not count` : "";
  return [`${right.length} of ${min} documents found${uncounted}`];
}

function reference(hit: Found): Evidence["documents"][number] {
  return {
    id: hit._id,
    time: String(fieldOf(hit._source, "@timestamp") ?? ""),
    seenAt: String(fieldOf(hit._source, "event.created") ?? ""),
  };
}
