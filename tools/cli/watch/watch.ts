import { setTimeout as sleep } from "node:timers/promises";
import type { Plan } from "../../../components/core/plan/plan";
import type { KubeApi } from "../../dev/cluster/api";
import type { RunResult } from "../../dev/engine/pulumi";
import { lastWords } from "./last-words";
import { type Counts, countsOf, look } from "./look";
import type { Trouble } from "./trouble";
import { troublesOf } from "./troubles";

const INTERVAL_MS = 2_000;
/** A trouble that is not seen for so long has passed: a container that crashes runs for moments in between. */
const FORGOTTEN_AFTER_MS = 15_000;
/** An API server that is away for a moment is nothing to tell of. */
const AWAY_MS = 20_000;

export interface Watched {
  api: KubeApi;
  /** Namespaces of the stack. */
  namespaces: readonly string[];
  /** Workloads that the update does not wait for, as `workloadOf` has them: what keeps them is told and ends nothing. */
  notAwaited: readonly string[];
  say: (line: string) => void;
  /** Of a second; other ones for tests. */
  secondMs?: number;
}

/** What `watch` is planned from. */
export function watchedOf({ platform, features }: Plan): Pick<Watched, "namespaces" | "notAwaited"> {
  const manifests = features.flatMap(({ contribution }) => contribution.manifests);
  const namespaces = platform.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name);
  const notAwaited = manifests
    .filter(({ metadata }) => metadata.annotations?.["pulumi.com/skipAwait"] === "true")
    .map(({ kind, metadata }) => `${kind} ${metadata.name} in ${metadata.namespace}`);
  return { namespaces, notAwaited };
}

/**
 * Tells what keeps workloads from becoming ready while an update runs, each trouble once with the last words of its container,
 * and ends the update where one can't mend itself: Pulumi waits ten minutes for a DaemonSet that crashes. Only objects that
 * came after the beginning end it, since the update may be about to replace those that were there.
 * @returns what `run` returned; its code is 1 where the update was ended
 */
export async function watchUpdate(
  watched: Watched,
  run: (signal: AbortSignal) => Promise<RunResult>,
): Promise<RunResult> {
  const done = new AbortController();
  const end = new AbortController();
  const watch = new Watch(watched, () => end.abort());
  const watching = watch.begin().then(() => watch.until(done.signal));
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
  trouble: Trouble;
  first: number;
  last: number;
  told: boolean;
}

class Watch {
  private readonly seen = new Map<string, Seen>();
  private before: { uids: ReadonlySet<string>; counts: Counts } = { uids: new Set(), counts: new Map() };
  private answered = Date.now();
  private isAway = false;
  private hopeless: Trouble | undefined;
  private readonly second: number;

  constructor(
    private readonly watched: Watched,
    private readonly end: () => void,
  ) {
    this.second = watched.secondMs ?? 1_000;
  }

  /** Notes what is there before the update. */
  async begin(): Promise<void> {
    const { api, namespaces } = this.watched;
    const { pods, claims, events } = await look(api, namespaces).catch(() => nothing);
    const uids = [...pods, ...claims].map(({ metadata }) => metadata.uid);
    this.before = { uids: new Set(uids), counts: countsOf(events) };
  }

  async until(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.once();
      await sleep(Math.min(INTERVAL_MS, 2 * this.second), undefined, { signal }).catch(() => undefined);
    }
  }

  /** The sentence that ends it all: what Pulumi writes at its end is long. */
  sum(): void {
    if (!this.hopeless) return;
    const { what, fix } = this.hopeless;
    this.watched.say(`\nEnded, since this does not mend itself: ${what}.\n  fix: ${fix}`);
    this.watched.say("  What was made so far is kept: run the command again once it is mended.");
  }

  private async once(): Promise<void> {
    const { api, namespaces } = this.watched;
    try {
      const troubles = troublesOf(await look(api, namespaces, this.before.counts));
      this.back();
      const now = Date.now();
      for (const trouble of troubles) await this.take(trouble, now);
      for (const [key, { last }] of this.seen) if (now - last > FORGOTTEN_AFTER_MS) this.seen.delete(key);
    } catch {
      this.away();
    }
  }

  private async take(trouble: Trouble, now: number): Promise<void> {
    const { first = now, told = false } = this.seen.get(trouble.key) ?? {};
    const seen = { trouble, first, last: now, told };
    this.seen.set(trouble.key, seen);
    const seconds = (now - first) / this.second;
    if (!told && seconds >= trouble.toldAfter) {
      seen.told = true;
      await this.tell(trouble);
    }
    const { hopelessAfter } = trouble;
    if (this.hopeless || hopelessAfter === undefined || seconds < hopelessAfter || !this.counts(trouble))
      return;
    this.hopeless = trouble;
    this.end();
  }

  private counts({ key, of }: Trouble): boolean {
    const isAwaited = !this.watched.notAwaited.some((workload) => key.endsWith(workload));
    return isAwaited && of.some((uid) => !this.before.uids.has(uid));
  }

  private async tell({ what, fix, container, of }: Trouble): Promise<void> {
    const { api, say } = this.watched;
    const words = container ? await lastWords(api, container.pod, container.name) : [];
    const many = of.length > 1 ? ` (${of.length} pods)` : "";
    const old = of.every((uid) => this.before.uids.has(uid)) ? " (since before this update)" : "";
    const lines = words.length > 0 ? ["  its last lines:", ...words.map((line) => `  | ${line}`)] : [];
    say([`! ${what}${many}${old}.`, ...lines, `  fix: ${fix}`].join("\n"));
  }

  private away(): void {
    if (this.isAway || Date.now() - this.answered < AWAY_MS) return;
    this.isAway = true;
    this.watched.say(
      "! The API server does not answer. Pulumi goes on once it does; where it gives up before, run the command again.",
    );
  }

  private back(): void {
    this.answered = Date.now();
    if (this.isAway) this.watched.say("The API server answers again.");
    this.isAway = false;
  }
}

const nothing = { pods: [], claims: [], events: [] };
