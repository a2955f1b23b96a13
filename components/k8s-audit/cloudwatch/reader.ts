import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { LineSink } from "./line-sink";
import type { LogEvent, LogGroup } from "./log-group";

export interface ReaderOptions {
  /** Where it keeps its place. */
  positionFile: string;
  pollMs: number;
  /** How much later than its time an event may come into the group. */
  lateMs: number;
  /** How far back it begins when it has no place yet. */
  firstMs: number;
  say(line: string): void;
}

/** Milliseconds that are read before the place is written down. */
const WINDOW_MS = 10 * 60_000;
const LONGEST_WAIT_MS = 60_000;
const FIRST_WAIT_MS = 1_000;

/**
 * Reads a log group from where it was, again and again, and hands on what it has not handed on yet.
 *
 * CloudWatch tells events by their time only, and some come into the group after others of a later time: several API servers
 * write to it. So each time the last `lateMs` are read again, of which the ids are remembered. The place moves on when all
 * before it is with the collector; after a restart some events come twice, and are the same documents.
 */
export class Reader {
  readonly counters = { events: 0, failures: 0 };
  /** All before it has been read once. */
  private through: number;
  /** Of the events that would be read again, with their times. */
  private readonly known = new Map<string, number>();
  /** Of the last look. */
  private works = false;

  constructor(
    private readonly group: LogGroup,
    private readonly sink: LineSink,
    private readonly options: ReaderOptions,
  ) {
    this.through = readPosition(options.positionFile) ?? Date.now() - options.firstMs;
  }

  /** Until the signal ends it. */
  async run(signal: AbortSignal): Promise<void> {
    let wait = FIRST_WAIT_MS;
    while (!signal.aborted) {
      try {
        await this.look(Date.now(), signal);
        this.works = true;
        wait = FIRST_WAIT_MS;
        await pause(this.options.pollMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.works = false;
        this.counters.failures += 1;
        this.options.say(`will try again: ${(error as Error).message}`);
        await pause(wait, signal);
        wait = Math.min(2 * wait, LONGEST_WAIT_MS);
      }
    }
  }

  isReady(): boolean {
    return this.works;
  }

  /** Everything until a time that has not been handed on. @throws Error where AWS or the collector does not take part */
  async look(until: number, signal: AbortSignal): Promise<void> {
    const { lateMs, positionFile } = this.options;
    let from = this.through - lateMs;
    while (from < until && !signal.aborted) {
      const to = Math.min(from + WINDOW_MS + lateMs, until);
      for await (const events of this.group.events(from, to)) {
        signal.throwIfAborted();
        await this.handOn(events.filter(({ eventId }) => !this.known.has(eventId)));
      }
      this.through = Math.max(this.through, to);
      writePosition(positionFile, this.through);
      this.forget(this.through - lateMs);
      from = to;
    }
  }

  private async handOn(events: readonly LogEvent[]): Promise<void> {
    await this.sink.take(events.map(({ message }) => message));
    for (const { eventId, timestamp } of events) this.known.set(eventId, timestamp);
    this.counters.events += events.length;
  }

  private forget(before: number): void {
    for (const [id, time] of this.known) if (time < before) this.known.delete(id);
  }
}

function readPosition(file: string): number | undefined {
  try {
    const { through } = JSON.parse(readFileSync(file, "utf8")) as { through: unknown };
    return typeof through === "number" && through > 0 ? through : undefined;
  } catch {
    // None yet, or one that a crash of the node damaged.
    return undefined;
  }
}

function writePosition(file: string, through: number): void {
  writeFileSync(`${file}.new`, JSON.stringify({ through, time: new Date(through).toISOString() }));
  renameSync(`${file}.new`, file);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
