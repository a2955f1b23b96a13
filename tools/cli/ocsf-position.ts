import * as fs from "node:fs";
import * as path from "node:path";
import type { Json, Store } from "../../scenarios/check/store";
import type { Line } from "./ocsf-input";

/**
 * By `<name>/<index>`: the name by which an index is asked for, a data stream's where it is one, and its own. Neither has a slash
 * in it (Elasticsearch docs, "Create index").
 */
type Sequences = Readonly<Record<string, number>>;

/** How far runs have read, in Elasticsearch's own sequence numbers. */
export interface Position {
  /** All up to here was written out. */
  done: Sequences;
  /** What the last run saw at its end; undefined before the first. */
  seen?: { at: string; last: Sequences };
}

/** Documents that are written out together: always the same ones of an index, whenever it is tried again. */
export interface Portion {
  /** Of its file: the same for the same sequence numbers. */
  name: string;
  documents: AsyncIterable<Line>;
  /** The position once it is written out. */
  after: Position;
}

/**
 * What was seen more recently is left for the next run: an operation with a lower sequence number may become visible after
 * one with a higher one, at the next refresh.
 */
const SETTLED_MS = 60_000;
const SEQUENCES = 5000;
const PAGE = 500;
const INDICES = 1000;

/**
 * Reads a position; where the file is not there all is still to be read.
 * @throws Error where the file is none of ours: beginning anew would write all documents again
 */
export function readPosition(file: string): Position {
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { done: {} };
    throw error;
  }
  const position = parsedObject(text);
  if (!isSequences(position?.["done"]))
    throw new Error(`${file} is no position of an earlier run: delete it to read everything anew`);
  const seen = position["seen"] as Position["seen"];
  return { done: position["done"], ...(seen && isSequences(seen.last) ? { seen } : {}) };
}

/** Replaces a file by one that is whole, whenever the machine stops. */
export function writeWhole(file: string, text: string): void {
  const made = `${file}.tmp`;
  const descriptor = fs.openSync(made, "w");
  try {
    fs.writeFileSync(descriptor, text);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(made, file);
}

/** Where a portion goes. */
export function portionFile(folder: string, { name }: Portion): string {
  return path.join(folder, `${name}.ndjson`);
}

/** What is new and settled, an index at a time, by rising sequence numbers. */
export async function* newPortions(store: Store, position: Position, now: Date): AsyncGenerator<Portion> {
  const { seen } = position;
  if (!seen || now.getTime() - Date.parse(seen.at) < SETTLED_MS) return;
  const done: Record<string, number> = { ...position.done };
  for (const [place, last] of Object.entries(seen.last)) {
    const [name = "", index = ""] = place.split("/");
    let from = done[place] ?? -1;
    while (from < last) {
      const to = Math.min(last, from + SEQUENCES);
      const documents = documentsOf(store, { name, index, from, to });
      done[place] = to;
      yield { name: `${index}-${from + 1}-${to}`, documents, after: { done: { ...done }, seen } };
      from = to;
    }
  }
}

/** The position for the next run. A run that came too early to read anything leaves what was seen as it is. */
export async function nextPosition(
  store: Store,
  indices: readonly string[],
  { done, seen }: Position,
  now: Date,
): Promise<Position> {
  if (seen && now.getTime() - Date.parse(seen.at) < SETTLED_MS) return { done, seen };
  const last: Record<string, number> = {};
  for (const name of indices) Object.assign(last, await lastSequences(store, name));
  return { done, seen: { at: now.toISOString(), last } };
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
}

async function* documentsOf(store: Store, { name, index, from, to }: Range): AsyncGenerator<Line> {
  let after: unknown[] | undefined;
  do {
    const { hits } = await store.search(name, {
      size: PAGE,
      query: {
        bool: { filter: [{ term: { _index: index } }, { range: { _seq_no: { gt: from, lte: to } } }] },
      },
      sort: [{ _seq_no: "asc" }],
      search_after: after,
      track_total_hits: false,
    });
    for (const { _id, _source } of hits) yield { place: `${index}/${_id}`, document: _source };
    after = hits.length === PAGE ? hits.at(-1)?.sort : undefined;
  } while (after);
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
