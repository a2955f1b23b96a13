import { ConnectionError } from "../node-program/http-client";
import type { Json, Store } from "./stored-documents";

/**
 * By `<name>/<index>`: the name by which an index is asked for, a data stream's where it is one, and its own. Neither has a slash
 * in it (Elasticsearch docs, "Create index").
 */
type Sequences = Readonly<Record<string, number>>;

/**
 * How far was read, in Elasticsearch's own sequence numbers (`_seq_no`): one series for each shard, and the stack's indices
 * have one shard. No clock counts: what comes hours late is new when it comes.
 */
export interface Position {
  /** All up to here was passed on. */
  done: Sequences;
  /** What the last pass saw at its end; undefined before the first. */
  seen?: { at: string; last: Sequences };
}

/** A document, and where it was read. */
export interface Line {
  place: string;
  document: unknown;
}

/** Documents that are passed on together: always the same ones of an index, whenever it is tried again. */
export interface Portion {
  /** The same for the same sequence numbers. */
  name: string;
  /** When what is in it was seen first, as the position has it: the same whenever it is tried again. */
  seenAt: string;
  documents: AsyncIterable<Line>;
  /** The position once it is passed on. */
  after: Position;
}

/**
 * What was seen more recently is left for the next pass: an operation with a lower sequence number may become visible after
 * one with a higher one, at the next refresh.
 */
export const SETTLED_MS = 60_000;
const SEQUENCES = 5000;
const PAGE = 500;
const INDICES = 1000;

/**
 * Reads a position from its JSON.
 * @param place Where it is, for the error
 * @throws Error where it is none of ours: beginning anew would pass all documents on again
 */
export function parsePosition(text: string, place: string): Position {
  const position = parsedObject(text);
  if (!isSequences(position?.["done"]))
    throw new Error(`${place} is no position of an earlier run: delete it to read everything anew`);
  const seen = position["seen"] as Position["seen"];
  return { done: position["done"], ...(seen && isSequences(seen.last) ? { seen } : {}) };
}

/**
 * What is new and settled, an index at a time, by rising sequence numbers.
 * @param only A query for the documents that are wanted; all of them without
 */
export async function* newPortions(
  store: Store,
  position: Position,
  now: Date,
  only?: Json,
): AsyncGenerator<Portion> {
  const { seen } = position;
  if (!seen || !isSettled(seen, now)) return;
  const done: Record<string, number> = { ...position.done };
  for (const [place, last] of Object.entries(seen.last)) {
    const [name = "", index = ""] = place.split("/");
    let from = startOf(done[place], last);
    while (from < last) {
      const to = Math.min(last, from + SEQUENCES);
      const documents = documentsOf(store, { name, index, from, to, only });
      done[place] = to;
      yield {
        name: `${index}-${from + 1}-${to}`,
        seenAt: seen.at,
        documents,
        after: { done: { ...done }, seen },
      };
      from = to;
    }
  }
}

/** An index whose numbers went back is another one of the same name. */
function startOf(done: number | undefined, last: number): number {
  return done === undefined || done > last ? -1 : done;
}

/** The position for the next pass. One that came too early to read anything leaves what was seen as it is. */
export async function nextPosition(
  store: Store,
  indices: readonly string[],
  { done, seen }: Position,
  now: Date,
): Promise<Position> {
  if (seen && !isSettled(seen, now)) return { done, seen };
  const last: Record<string, number> = {};
  for (const name of indices) Object.assign(last, await lastSequences(store, name));
  const kept = Object.entries(done).filter(([place]) => Object.hasOwn(last, place));
  return { done: Object.fromEntries(kept), seen: { at: now.toISOString(), last } };
}

function isSettled({ at }: NonNullable<Position["seen"]>, now: Date): boolean {
  return now.getTime() - Date.parse(at) >= SETTLED_MS;
}

/** Whether all that the position has seen was passed on. */
export function isCaughtUp({ done, seen }: Position): boolean {
  return seen !== undefined && Object.entries(seen.last).every(([place, last]) => done[place] === last);
}

async function lastSequences(store: Store, name: string): Promise<Sequences> {
  const { aggregations } = await store.search(name, {
    size: 0,
    track_total_hits: false,
    aggs: {
      indices: { terms: { field: "_index", size: INDICES }, aggs: { last: { max: { field: "_seq_no" } } } },
    },
  });
  const found = aggregations?.["indices"] as
    | { buckets: { key: string; last: { value: number } }[] }
    | undefined;
  return Object.fromEntries((found?.buckets ?? []).map(({ key, last }) => [`${name}/${key}`, last.value]));
}

interface Range {
  name: string;
  index: string;
  from: number;
  to: number;
  only: Json | undefined;
}

async function* documentsOf(store: Store, range: Range): AsyncGenerator<Line> {
  const { name, index, from, to, only } = range;
  const filter = [{ term: { _index: index } }, { range: { _seq_no: { gt: from, lte: to } } }];
  let after: unknown[] | undefined;
  let size = PAGE;
  for (;;) {
    const page = await pageOf(store, name, size, {
      query: { bool: { filter: only ? [...filter, only] : filter } },
      sort: [{ _seq_no: "asc" }],
      search_after: after,
      track_total_hits: false,
    });
    for (const { _id, _source } of page.hits) yield { place: `${index}/${_id}`, document: _source };
    if (page.hits.length < page.size) return;
    after = page.hits.at(-1)?.sort;
    size = page.size;
  }
}

/** A page, smaller than asked for where its documents are too large to be read at once. */
async function pageOf(store: Store, name: string, asked: number, search: Json) {
  for (let size = asked; ; size = Math.ceil(size / 2)) {
    try {
      const { hits } = await store.search(name, { ...search, size });
      return { hits, size };
    } catch (error) {
      const isTooLong = error instanceof ConnectionError && error.code === "EMSGSIZE";
      if (!isTooLong || size === 1) throw error;
    }
  }
}

function isSequences(value: unknown): value is Sequences {
  return (
    typeof value === "object" && value !== null && Object.values(value).every((one) => Number.isInteger(one))
  );
}

function parsedObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
