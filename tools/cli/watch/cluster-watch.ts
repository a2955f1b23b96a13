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
 * again at its end where it failed: the provider waits for a degraded add-on without a word of the reason. It can't be asked to
 * wait less, so that nothing is ended.
 * @returns what `run` returned; its code is 1 where Pulumi is content and a part has failed
 */
export async function watchParts(watched: WatchedParts, run: () => Promise<RunResult>): Promise<RunResult> {
  const done = new AbortController();
  const watch = new PartsWatch(watched);
  const watching = watch.until(done.signal);
  try {
    const result = await run();
    if (result.code !== 0) watch.sum();
    return result.code === 0 && (await watch.hasFailed()) ? { ...result, code: 1 } : result;
  } finally {
    done.abort();
    await watching;
  }
}

interface Seen {
  trouble: Trouble;
  first: number;
  told: boolean;
}

class PartsWatch {
  private readonly seen = new Map<string, Seen>();
  /** Those that are active: they are not asked for again. */
  private readonly well = new Set<string>();
  private readonly second: number;

  constructor(private readonly watched: WatchedParts) {
    this.second = watched.secondMs ?? 1_000;
  }

  async until(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Where AWS does not answer, whoever makes the cluster will tell.
      await this.once(signal).catch(() => undefined);
      const pause = INTERVAL_SECONDS * this.second;
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Whether a part has failed, which is told: an update after the one that made it succeeds. */
  async hasFailed(): Promise<boolean> {
    await this.once(new AbortController().signal).catch(() => undefined);
    return [...this.seen.values()].some(({ trouble, told }) => told && trouble.toldAfter === 0);
  }

  /** What Pulumi writes at the end of a failed update is long. */
  sum(): void {
    for (const { trouble, told } of this.seen.values())
      if (told)
        this.watched.say(`\nStill so: ${sentence(trouble)}\n  Then run the command again: it goes on.`);
  }

  private async once(signal: AbortSignal): Promise<void> {
    for (const part of this.watched.parts) {
      if (signal.aborted) return;
      if (this.well.has(part.name)) continue;
      const health = await this.watched.ask(part);
      // What comes after it is yet to be made as well.
      if (!health) return;
      const trouble = partTrouble(part, health);
      if (trouble) this.take(trouble, Date.now());
      else this.seen.delete(`${part.kind} ${part.name}`);
      if (!trouble && health.status === "ACTIVE") this.well.add(part.name);
    }
  }

  private take(trouble: Trouble, now: number): void {
    const { first = now, told = false } = this.seen.get(trouble.key) ?? {};
    const isTime = (now - first) / this.second >= trouble.toldAfter;
    this.seen.set(trouble.key, { trouble, first, told: told || isTime });
    if (isTime && !told) this.watched.say(`! ${sentence(trouble)}`);
  }
}

function sentence({ what, fix }: Trouble): string {
  return `${what}.\n  fix: ${fix}`;
}
