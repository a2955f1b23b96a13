import { isCaughtUp, newPortions, nextPosition, type Portion, type Position } from "./position";
import type { Store } from "./stored-documents";

/** A position where it is kept, and which of its states it is. */
export interface KeptPosition {
  position: Position;
  version: string;
}

/** Where the position is kept, so that a program that is killed goes on there. */
export interface Positions {
  read(): Promise<KeptPosition>;
  /** @throws PositionMoved where it is not as the version says any more */
  write(position: Position, version: string): Promise<KeptPosition>;
}

/** Another pass has noted a position meanwhile: it does the work. */
export class PositionMoved extends Error {
  override readonly name = "PositionMoved";
}

/** What a destination made of the documents of a portion. */
export interface Taken {
  sent: number;
  /** Documents that it will never take, a reason each; nothing else waits for them. */
  refused: string[];
}

/** Where documents go. */
export interface Destination {
  /**
   * Takes all documents of a portion.
   * @throws Error where it does not take part at the moment: the same portion comes again, with what it has taken already
   */
  take(portion: Portion): Promise<Taken>;
}

export interface Forwarding {
  store: Store;
  /** Names of the indices that are read. */
  indices: readonly string[];
  /** Of the cluster whose documents are passed on: others may write to the same Elasticsearch. */
  clusterName: string;
  positions: Positions;
  destination: Destination;
  /** Told after each portion, once its position is noted. */
  onTaken?(taken: Taken): void;
  /** No further portion is begun once it is aborted. */
  signal?: AbortSignal | undefined;
}

/** What a pass did. */
export interface Summary extends Taken {
  portions: number;
  /** Nothing is left of what the pass before saw. */
  isCaughtUp: boolean;
}

/**
 * One pass: all documents that are new since the last one go to the destination, portion by portion, and the position is noted
 * after each. Wherever it ends, the next pass does the portion again that was not noted: every document comes at least once,
 * and under the same name. Of two passes at once one notes each position, and the other ends.
 * @throws PositionMoved, and whatever the store or the destination failed with
 */
export async function forwardNew(forwarding: Forwarding, now: Date): Promise<Summary> {
  const { store, indices, clusterName, positions, destination, onTaken, signal } = forwarding;
  const own = { term: { "orchestrator.cluster.name": clusterName } };
  const summary: Summary = { portions: 0, sent: 0, refused: [], isCaughtUp: false };
  let kept = await positions.read();
  for await (const portion of newPortions(store, kept.position, now, own)) {
    if (signal?.aborted) return summary;
    const taken = await destination.take(portion);
    kept = await positions.write(portion.after, kept.version);
    summary.portions += 1;
    summary.sent += taken.sent;
    summary.refused.push(...taken.refused);
    onTaken?.(taken);
  }
  summary.isCaughtUp = isCaughtUp(kept.position);
  const next = await nextPosition(store, indices, kept.position, now);
  if (isNews(kept.position, next)) await positions.write(next, kept.version);
  return summary;
}

/** A store in which nothing happens is no reason to write. */
function isNews({ done, seen }: Position, next: Position): boolean {
  return JSON.stringify([done, seen?.last]) !== JSON.stringify([next.done, next.seen?.last]);
}
