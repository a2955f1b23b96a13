import { anyOf, type ReadOptions } from "./arrivals";
import { chainDocument, chainId, DETAILS, fieldValue } from "./chain-document";
import type { Bucket, Created, EventStore } from "./event-store";
import type { Json, ResolvedState } from "./resolved-rule";
import type { Match } from "./rule-run";

/** A match that is to be written, with what of its rule's state was found. */
export interface Chain {
  id: string;
  match: Match;
  evidence: readonly string[];
  /** Of the evidence what raises the severity. */
  raisedBy: readonly string[];
}

/** Matches that are looked up and written together. */
const BATCH = 200;
const MOST_EVIDENCE = 10;

/** The matches for which their rule's state holds too. */
export async function withState(
  store: EventStore,
  matches: readonly Match[],
  clusterName: string,
): Promise<Chain[]> {
  const chains: Chain[] = [];
  for (const batch of batches(matches)) {
    const { rule } = batch[0]!;
    const found = rule.while && (await findState(store, rule.while, batch, clusterName));
    for (const match of batch) {
      const state = found ? found.get(match.key) : NO_STATE;
      if (state) chains.push({ id: chainId(match, clusterName), match, ...state });
    }
  }
  return chains;
}

/** Those that are not written yet. It is asked first, so that a pass with nothing new writes nothing at all. */
export async function withoutKnown(
  store: EventStore,
  chains: readonly Chain[],
  { correlations }: ReadOptions,
): Promise<Chain[]> {
  const unknown: Chain[] = [];
  for (const batch of batches(chains)) {
    const ids = batch.map(({ id }) => id);
    const { hits } = await store.search(correlations, {
      size: batch.length,
      track_total_hits: false,
      query: { bool: { filter: [{ terms: { "event.id": ids } }] } },
      _source: ["event.id"],
    });
    const known = new Set(hits.map(({ _source = {} }) => fieldValue(_source, "event.id")));
    unknown.push(...batch.filter(({ id }) => !known.has(id)));
  }
  return unknown;
}

/** Creates their documents. */
export async function writeChains(
  store: EventStore,
  chains: readonly Chain[],
  options: ReadOptions,
): Promise<Created> {
  const total: Created = { created: 0, existed: 0, refused: [] };
  const { clusterName, now } = options;
  for (const batch of batches(chains)) {
    const details = await readDetails(store, batch, options);
    const documents = batch.map(({ id, match, evidence, raisedBy }) => ({
      id,
      document: chainDocument(match, { clusterName, now, details, evidence, raisedBy }),
    }));
    const { created, existed, refused } = await store.create(options.correlations, documents);
    total.created += created;
    total.existed += existed;
    total.refused.push(...refused);
  }
  return total;
}

/** The events of the chains by their ids: a page for as many as are shown. */
export async function readDetails(
  store: EventStore,
  chains: readonly Chain[],
  { events, clusterName }: Pick<ReadOptions, "events" | "clusterName">,
): Promise<Map<string, Json>> {
  const ids = [...new Set(chains.flatMap(({ match }) => match.chain.map(({ id }) => id)))];
  const details = new Map<string, Json>();
  for (let start = 0; start < ids.length; start += 1000) {
    const some = ids.slice(start, start + 1000);
    const { hits } = await store.search(events, {
      size: some.length,
      track_total_hits: false,
      query: {
        bool: {
          filter: [{ terms: { "event.id": some } }, { term: { "orchestrator.cluster.name": clusterName } }],
        },
      },
      _source: DETAILS,
    });
    for (const { _source = {} } of hits) details.set(String(fieldValue(_source, "event.id")), _source);
  }
  return details;
}

type FoundState = Pick<Chain, "evidence" | "raisedBy">;

const NO_STATE: FoundState = { evidence: [], raisedBy: [] };

interface Names {
  buckets: { key: string }[];
}

function namesIn(names: Names | undefined): string[] {
  return (names?.buckets ?? []).map(({ key }) => key);
}

/** Evidence by key, of those keys for which the state holds. */
async function findState(
  store: EventStore,
  { index, query, evidence, worse }: ResolvedState,
  matches: readonly Match[],
  clusterName: string,
): Promise<Map<string, FoundState>> {
  const { groupBy } = matches[0]!.rule;
  const keys = matches.map(({ key }) => JSON.parse(key) as string[]);
  const isOneOf = keys.map((key) => ({
    bool: { filter: key.map((value, i) => ({ term: { [groupBy[i]!]: value } })) },
  }));
  const names = { terms: { field: evidence, size: MOST_EVIDENCE, order: { _key: "asc" } } };
  const { aggregations } = await store.search(index, {
    size: 0,
    track_total_hits: false,
    query: {
      bool: { filter: [query, anyOf(isOneOf), { term: { "orchestrator.cluster.name": clusterName } }] },
    },
    aggs: {
      keys: {
        composite: {
          size: matches.length,
          sources: groupBy.map((field, i) => ({ [`f${i}`]: { terms: { field } } })),
        },
        aggs: { evidence: names, ...(worse && { worse: { filter: worse, aggs: { evidence: names } } }) },
      },
    },
  });
  const buckets = (aggregations["keys"]?.buckets ?? []) as Bucket[];
  return new Map(
    buckets.map((bucket) => {
      const key = bucket.key as Record<string, unknown>;
      const raising = bucket["worse"] as { evidence: Names } | undefined;
      const found = { evidence: namesIn(bucket["evidence"] as Names), raisedBy: namesIn(raising?.evidence) };
      return [JSON.stringify(groupBy.map((_, i) => String(key[`f${i}`]))), found];
    }),
  );
}

/** Of one rule each. */
function batches<T extends Match | Chain>(items: readonly T[]): T[][] {
  const ruleOf = (item: T) => ("match" in item ? item.match.rule : item.rule).name;
  const result: T[][] = [];
  for (const item of items) {
    const last = result.at(-1);
    if (last && last.length < BATCH && ruleOf(last[0]!) === ruleOf(item)) last.push(item);
    else result.push([item]);
  }
  return result;
}
