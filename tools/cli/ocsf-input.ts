import * as fs from "node:fs";
import { createInterface } from "node:readline";
import type { Line } from "../../components/forwarding/position";
import { StoredDocuments } from "../../components/forwarding/stored-documents";
import { apiKey } from "../../components/node-program/http-client";
import { factsOf } from "./scenarios/stack";

/** Documents in files with a JSON object per line; a line that is none gives undefined. */
export async function* linesOf(files: readonly string[]): AsyncGenerator<Line> {
  for (const file of files) {
    const input = file === "-" ? process.stdin : fs.createReadStream(file);
    let number = 0;
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      if (line.trim() !== "") yield { place: `${file}:${number}`, document: parsed(line) };
    }
  }
}

/** A hit of a search counts as its document. */
function parsed(line: string): unknown {
  try {
    const value = JSON.parse(line);
    return value?._source ?? value;
  } catch {
    return undefined;
  }
}

export interface StoreOptions {
  url: string;
  /** Encoded, with the right to read the indices. */
  key: string;
  ca?: string | undefined;
  /** Names the indices. */
  stack: string;
  /** Older documents are left out. */
  from: Date;
}

const PAGE = 500;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Documents of all tools' indices, page by page, oldest first. */
export async function* storedDocuments(options: StoreOptions): AsyncGenerator<Line> {
  const { store, indices } = storeOf(options);
  try {
    for (const index of indices) yield* documentsOf(store, index, options.from);
  } finally {
    await store.close();
  }
}

/** The store and the names of all tools' indices, for as long as the work takes. */
export async function withStore(
  options: StoreOptions,
  work: (store: StoredDocuments, indices: readonly string[]) => Promise<void>,
): Promise<void> {
  const { store, indices } = storeOf(options);
  try {
    await work(store, indices);
  } finally {
    await store.close();
  }
}

function storeOf({ url, key, ca, stack }: StoreOptions) {
  const store = new StoredDocuments([{ url, ca, headers: { authorization: apiKey(key) } }], MAX_ANSWER_BYTES);
  return { store, indices: Object.values(factsOf(stack).indices) };
}

async function* documentsOf(store: StoredDocuments, index: string, from: Date): AsyncGenerator<Line> {
  // What is written meanwhile is left for the next run: else a busy store would have no last page.
  const range = { gte: from.toISOString(), lte: new Date().toISOString() };
  let after: unknown[] | undefined;
  do {
    const { hits } = await store.search(index, {
      size: PAGE,
      query: { range: { "@timestamp": range } },
      sort: [{ "@timestamp": "asc" }, { "event.id": { order: "asc", unmapped_type: "keyword" } }],
      search_after: after,
      track_total_hits: false,
    });
    for (const { _id, _source } of hits) yield { place: `${index}/${_id}`, document: _source };
    after = hits.length === PAGE ? hits.at(-1)?.sort : undefined;
  } while (after);
}
