import { ofCluster } from "./arrivals";
import { fieldValue, keyTexts } from "./chain-document";
import type { EventStore, StoredHit } from "./event-store";
import type { Json } from "./resolved-rule";
import type { NearMiss } from "./rule-run";

/** Why a chain did not come about, in a sentence for each step that is missing. */
export interface Explained {
  miss: NearMiss;
  why: string[];
}

/** How far before and after its other events a missing one is looked for. */
const AROUND_MS = 86_400_000;

/**
 * Looks for what near misses lack: an event of the step outside of the timespan, or of another key.
 * @param events index of the events
 */
export async function explain(
  store: EventStore,
  misses: readonly NearMiss[],
  { events, clusterName }: { events: string; clusterName: string },
): Promise<Explained[]> {
  const explained: Explained[] = [];
  for (const miss of misses) {
    const { rule, have, need, chain } = miss;
    if (rule.type === "event_count" || rule.type === "value_count") {
      const what = rule.type === "event_count" ? "events" : `values of ${rule.field}`;
      explained.push({ miss, why: [`${have} of ${need} ${what} within ${minutes(rule.timespanMs)}`] });
      continue;
    }
    const seen = new Set(chain.map(({ step }) => step));
    const why: string[] = [];
    for (const [step, { name }] of rule.steps.entries()) {
      if (seen.has(step)) continue;
      why.push(`no ${name}: ${await nearest(store, miss, step, events, clusterName)}`);
    }
    explained.push({ miss, why });
  }
  return explained;
}

async function nearest(
  store: EventStore,
  miss: NearMiss,
  step: number,
  events: string,
  clusterName: string,
): Promise<string> {
  const { rule, chain, key } = miss;
  const [from, to] = [chain[0]!.time, chain.at(-1)!.time];
  const values = JSON.parse(key) as string[];
  const sameKey = rule.groupBy.map((field, i) => ({ term: { [field]: values[i] } }));
  const find = async (clauses: readonly Json[], around: number): Promise<StoredHit | undefined> => {
    const range = { gte: from - around, lte: to + around, format: "epoch_millis" };
    const filter = [
      rule.steps[step]!.query,
      ofCluster(clusterName),
      { range: { "@timestamp": range } },
      ...clauses,
    ];
    const { hits } = await store.search(events, {
      size: 1,
      track_total_hits: false,
      query: { bool: { filter } },
      sort: [{ "@timestamp": "desc" }],
      _source: ["@timestamp", ...rule.groupBy],
    });
    return hits[0];
  };
  const ofKey = await find(sameKey, AROUND_MS);
  if (ofKey) {
    const time = Date.parse(String(fieldValue(ofKey._source ?? {}, "@timestamp")));
    const gap =
      time > to
        ? `${minutes(time - to)} after the others`
        : time < from
          ? `${minutes(from - time)} before the others`
          : "between the others, out of its order";
    return `the nearest is ${gap}; ${minutes(rule.timespanMs)} are the most${rule.type === "temporal_ordered" ? ", in the order of the steps" : ""}`;
  }
  const other = await find([{ bool: { must_not: [{ bool: { filter: sameKey } }] } }], rule.timespanMs);
  if (!other) return "there is none";
  const different = rule.groupBy
    .map(
      (field, i) => [field, String(fieldValue(other._source ?? {}, field) ?? "nothing"), values[i]!] as const,
    )
    .filter(([, found, wanted]) => found !== wanted)
    .map(([field, found, wanted]) => `${field} is ${found} there, not ${wanted}`);
  return `one in time is another's: ${different.join("; ")}`;
}

/** Those worth a look first: the ones that lack least. */
export function worthALook(misses: readonly NearMiss[], most: number): NearMiss[] {
  return [...misses].sort((a, b) => b.have / b.need - a.have / a.need || b.have - a.have).slice(0, most);
}

/** `rule: key: 2 of 3 steps`. */
export function titleOf({ rule, key, have, need }: NearMiss): string {
  return `${rule.name}: ${keyTexts({ rule, key }).join(", ")}: ${have} of ${need}`;
}

function minutes(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
