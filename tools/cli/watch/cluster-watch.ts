import { setTimeout as sleep } from "node:timers/promises";
import type { RunResult } from "../../dev/engine/pulumi";
import { type AskHealth, type AwsPart, partTrouble } from "./aws-parts";
import type { Trouble } from "./trouble";

const INTERVAL_SECONDS = 20;

export interface WatchedParts {
  /** In the order in which they are made. */
  parts: readonly AwsPart[];
  ask: AskHealth;
  say: (line: string) => void;
  /** Of a second; other ones for tests. */
  secondMs?: number;
}

/**
 * Tells what keeps add-ons and node groups of the stack's own cluster from becoming active while an update runs, each once, and
 * ends the update where an add-on that it made stays degraded: the provider waits for it without a word of the reason.
 * @returns what `run` returned; its code is not 0 where the update was ended
 */
export async function watchParts(
  watched: WatchedParts,
  run: (signal: AbortSignal) => Promise<RunResult>,
): Promise<RunResult> {
  const done = new AbortController();
  const end = new AbortController();
  const watch = new PartsWatch(watched, () => end.abort());
  const watching = watch.until(done.signal);
  try {
    const result = await run(end.signal);
    if (!end.signal.aborted) return result;
    watch.sum();
    return { ...result, code: result.code || 1, interrupted: false };
  } finally {
    done.abort();
    await watching;
  }
}

interface Seen {
  first: number;
  told: boolean;
}

class PartsWatch {
  private readonly seen = new Map<string, Seen>();
  /** Those that are active: they are not asked for again. */
  private readonly well = new Set<string>();
  /** Those that were there before the update, which doesn't wait for them. */
  private before: ReadonlySet<string> | undefined;
  private hopeless: Trouble | undefined;
  private readonly second: number;

  constructor(
    private readonly watched: WatchedParts,
    private readonly end: () => void,
  ) {
    this.second = watched.secondMs ?? 1_000;
  }

  async until(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.once(signal);
      const pause = INTERVAL_SECONDS * this.second;
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  sum(): void {
    if (!this.hopeless) return;
    const { what, fix } = this.hopeless;
    this.watched.say(`\nEnded, since this lasts too long: ${what}.\n  fix: ${fix}`);
    this.watched.say("  What was made so far is kept: run the command again once it is mended.");
  }

  private async once(signal: AbortSignal): Promise<void> {
    const there = new Set<string>();
    for (const part of this.watched.parts) {
      if (signal.aborted) return;
      if (this.well.has(part.name)) continue;
      const health = await this.watched.ask(part);
      // What comes after it is yet to be made as well.
      if (!health) break;
      there.add(part.name);
      const trouble = partTrouble(part, health);
      if (trouble) this.take(trouble, Date.now());
      else this.seen.delete(`${part.kind} ${part.name}`);
      if (!trouble && health.status === "ACTIVE") this.well.add(part.name);
    }
    this.before ??= there;
  }

  private take(trouble: Trouble, now: number): void {
    const seen = this.seen.get(trouble.key) ?? { first: now, told: false };
    this.seen.set(trouble.key, seen);
    const seconds = (now - seen.first) / this.second;
    if (!seen.told && seconds >= trouble.toldAfter) {
      seen.told = true;
      this.watched.say(`! ${trouble.what}${this.isOld(trouble) ? " (since before this update)" : ""}.`);
      this.watched.say(`  fix: ${trouble.fix}`);
    }
    const { hopelessAfter } = trouble;
    if (this.hopeless || hopelessAfter === undefined || seconds < hopelessAfter || this.isOld(trouble))
      return;
    this.hopeless = trouble;
    this.end();
  }

  private isOld({ of }: Trouble): boolean {
    return of.some((name) => this.before?.has(name));
  }
}
