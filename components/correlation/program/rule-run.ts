import { type Chain, type KeyState, newKeyState, type Progress, type SeenEvent } from "./key-states";
import type { ResolvedRule } from "./resolved-rule";

/** An event with the keys that it belongs to: several, where a field of the key has several values. */
export interface KeyedEvent extends SeenEvent {
  keys: readonly string[];
}

/** What a rule found. */
export interface Match {
  rule: ResolvedRule;
  /** Values of `groupBy`, in its order, as JSON. */
  key: string;
  /** See {@link REPEAT_MS}. */
  hour: number;
  chain: Chain;
}

/** A key whose events did not come to a chain. */
export interface NearMiss extends Progress {
  rule: ResolvedRule;
  key: string;
}

/**
 * A rule finds a key once within an hour of the clock, by when the chain ended: an attack that goes on is no new one every
 * second. By the clock and not by the first chain, since whatever comes late must not change what was found.
 */
export const REPEAT_MS = 3_600_000;

/** Keys are looked through for those whose timespan has passed, after so many events. */
const SWEEP_AFTER = 20_000;

/** One rule over a stream of events by rising time. */
export class RuleRun {
  readonly matches = new Map<string, Match>();
  /** Only with `explains`. */
  readonly nearMisses: NearMiss[] = [];
  private readonly states = new Map<string, KeyState>();
  private moment: KeyedEvent[] = [];
  private untilSweep = SWEEP_AFTER;

  /** @param explains Keeps what nearly was a chain. */
  constructor(
    private readonly rule: ResolvedRule,
    private readonly explains = false,
  ) {}

  /** Keys of which it remembers events. */
  get keys(): number {
    return this.states.size;
  }

  push(event: KeyedEvent): void {
    if (this.moment.length > 0 && this.moment[0]!.time !== event.time) this.takeMoment();
    this.moment.push(event);
  }

  /** After the last event. */
  end(): void {
    this.takeMoment();
    if (this.explains) for (const [key, state] of this.states) this.explain(key, state);
  }

  private takeMoment(): void {
    const { moment } = this;
    if (moment.length === 0) return;
    this.moment = [];
    if (moment.length === 1) {
      const [event] = moment;
      for (const key of event!.keys) this.take(key, moment);
    } else {
      const byKey = new Map<string, KeyedEvent[]>();
      for (const event of moment)
        for (const key of event.keys) byKey.set(key, [...(byKey.get(key) ?? []), event]);
      for (const [key, events] of byKey) this.take(key, events);
    }
    this.untilSweep -= moment.length;
    if (this.untilSweep <= 0) this.sweep(moment[0]!.time);
  }

  private take(key: string, events: readonly KeyedEvent[]): void {
    let state = this.states.get(key);
    if (!state) {
      state = newKeyState(this.rule);
      this.states.set(key, state);
    }
    const chain = state.take(events);
    if (!chain) return;
    const hour = Math.floor(events[0]!.time / REPEAT_MS);
    const place = `${hour} ${key}`;
    if (!this.matches.has(place)) this.matches.set(place, { rule: this.rule, key, hour, chain });
  }

  private sweep(time: number): void {
    this.untilSweep = SWEEP_AFTER;
    for (const [key, state] of this.states)
      if (state.latest < time - this.rule.timespanMs) {
        this.states.delete(key);
        if (this.explains) this.explain(key, state);
      }
  }

  private explain(key: string, state: KeyState): void {
    const progress = state.progress();
    const wasFound = [...this.matches.values()].some((match) => match.key === key);
    if (!wasFound && progress.have * 2 >= progress.need)
      this.nearMisses.push({ rule: this.rule, key, ...progress });
  }
}
