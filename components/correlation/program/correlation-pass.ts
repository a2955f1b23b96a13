import { positionsDocument, type ReadOptions, readArrivals } from "./arrivals";
import { evaluate } from "./evaluate";
import type { EventStore } from "./event-store";
import type { ResolvedRule } from "./resolved-rule";
import { withoutKnown, withState, writeChains } from "./write-chains";

/** What a pass did. */
export interface Summary {
  /** Rules that had new events. */
  rules: number;
  /** Events that were read for them, once for each rule. */
  read: number;
  /** Chains in the timespans that were looked at. */
  found: number;
  /** Of them written. */
  written: number;
  /** Rules that could not be evaluated, with the reason; the others were. */
  failed: string[];
  /** Documents that Elasticsearch refused, with the reason. */
  refused: string[];
  /** Events of rules that came too late to be looked at. */
  tooLate: number;
  /** Requests to Elasticsearch, and bytes written. */
  requests: number;
  bytes: number;
}

/**
 * One pass: all chains in which an event that came since the last passes may have a part. It may end at any point and run
 * beside another: chains have an id of their own, and how far was read is noted only when all is written.
 */
export async function runPass(
  store: EventStore,
  rules: readonly ResolvedRule[],
  options: ReadOptions,
): Promise<Summary> {
  const arrivals = await readArrivals(store, rules, options);
  const summary: Summary = {
    ...{ rules: 0, read: 0, found: 0, written: 0, requests: 0, bytes: 0 },
    ...{ failed: [], refused: [], tooLate: arrivals.tooLate },
  };
  for (const [i, rule] of rules.entries()) {
    const intervals = arrivals.intervals[i]!;
    if (intervals.length === 0) continue;
    summary.rules += 1;
    try {
      const { run, read } = await evaluate(store, rule, intervals, options);
      summary.read += read;
      const chains = await withState(store, [...run.matches.values()], options.clusterName);
      summary.found += chains.length;
      const { created, refused } = await writeChains(
        store,
        await withoutKnown(store, chains, options),
        options,
      );
      summary.written += created;
      summary.refused.push(...refused);
    } catch (error) {
      summary.failed.push(`${rule.name}: ${(error as Error).message}`);
    }
  }
  // Else the next pass would not look at these events again.
  if (arrivals.positions && summary.failed.length === 0 && summary.refused.length === 0) {
    const note = positionsDocument(arrivals.positions, options);
    summary.refused.push(...(await store.create(options.correlations, [note])).refused);
  }
  return { ...summary, requests: store.requests, bytes: store.bytes };
}
