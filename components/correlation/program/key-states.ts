import type { ResolvedRule } from "./resolved-rule";

/** An event as far as a rule needs it. */
export interface SeenEvent {
  /** When it happened, in milliseconds since 1970. */
  time: number;
  /** `event.id` */
  id: string;
  /** Places of the rule's steps that it is an event of. */
  steps: readonly number[];
  /** Of `value_count`. */
  values?: readonly string[];
}

/** An event in its place of a chain. */
export interface ChainEvent {
  time: number;
  id: string;
  step: number;
}

export type Chain = readonly ChainEvent[];

/** How far the events of a key have come, for who asks why nothing was found. */
export interface Progress {
  have: number;
  need: number;
  chain: Chain;
}

/**
 * What is known of the events of one key within the timespan. Whether a chain ends at an event depends on the events of
 * its timespan alone, and more events never make it less so: the same set comes out in whatever portions and order
 * events arrive. It holds no more than a rule needs to go on, however many events there are.
 */
export interface KeyState {
  /**
   * Takes the events of one millisecond, which have no order among themselves: the sensors' clocks are finer, but
   * Elasticsearch's dates are not. They come by rising time.
   * @returns a chain that ends here
   */
  take(events: readonly SeenEvent[]): Chain | undefined;
  progress(): Progress;
  /** Of the newest event. */
  readonly latest: number;
}

export function newKeyState(rule: ResolvedRule): KeyState {
  switch (rule.type) {
    case "temporal_ordered":
      return new OrderedState(rule);
    case "temporal":
      return new UnorderedState(rule);
    case "event_count":
      return new CountState(rule);
    case "value_count":
      return new ValuesState(rule);
  }
}

/** Chains of the same length that are kept beside the best, since an event can't be in a chain twice. */
const SPARE_CHAINS = 8;
const SPARE_OF_ONE_START = 2;

/** For each step the chains up to it that began last: if those are too old to go on, so are all others. */
class OrderedState implements KeyState {
  latest = 0;
  private readonly chains: Chain[][];
  private longest: Chain = [];

  constructor(private readonly rule: ResolvedRule) {
    this.chains = rule.steps.map(() => []);
  }

  take(events: readonly SeenEvent[]): Chain | undefined {
    this.latest = events[0]!.time;
    // Each turn takes a chain of events of one moment a step further.
    for (let turn = 0; turn < Math.min(events.length, this.chains.length); turn += 1)
      for (const event of events) this.extend(event);
    const [complete] = this.chains.at(-1)!;
    this.chains[this.chains.length - 1] = [];
    return complete;
  }

  progress(): Progress {
    return { have: this.longest.length, need: this.chains.length, chain: this.longest };
  }

  private extend({ time, id, steps }: SeenEvent): void {
    const oldest = time - this.rule.timespanMs;
    // The last step first: what an event adds to one step is no base for itself in the next.
    for (const step of [...steps].sort((a, b) => b - a))
      if (step === 0) this.keep(0, [{ time, id, step }]);
      else
        for (const chain of this.chains[step - 1]!)
          if (chain[0]!.time >= oldest && chain.every((event) => event.id !== id))
            this.keep(step, [...chain, { time, id, step }]);
  }

  private keep(step: number, chain: Chain): void {
    if (chain.length > this.longest.length) this.longest = chain;
    const kept = this.chains[step]!;
    if (kept.some((other) => other.every((event, i) => event.id === chain[i]!.id))) return;
    const place = kept.findIndex((other) => other[0]!.time <= chain[0]!.time);
    kept.splice(place < 0 ? kept.length : place, 0, chain);
    const ofOneStart = kept.filter((other) => other[0]!.id === chain[0]!.id);
    if (ofOneStart.length > SPARE_OF_ONE_START) kept.splice(kept.lastIndexOf(ofOneStart.at(-1)!), 1);
    if (kept.length > SPARE_CHAINS) kept.length = SPARE_CHAINS;
  }
}

/** For each step the last events, as many as there are steps: one event stands for one step only. */
class UnorderedState implements KeyState {
  latest = 0;
  private readonly last: ChainEvent[][];
  private best: Chain = [];

  constructor(private readonly rule: ResolvedRule) {
    this.last = rule.steps.map(() => []);
  }

  take(events: readonly SeenEvent[]): Chain | undefined {
    this.latest = events[0]!.time;
    for (const { time, id, steps } of events)
      for (const step of steps) {
        this.last[step]!.unshift({ time, id, step });
        this.last[step]!.length = Math.min(this.last[step]!.length, this.last.length);
      }
    const oldest = this.latest - this.rule.timespanMs;
    for (const events of this.last)
      while (events.length > 0 && events.at(-1)!.time < oldest) events.length -= 1;
    const present = this.last.flatMap(([event]) => event ?? []);
    if (present.length > this.best.length) this.best = present;
    if (present.length < this.last.length) return undefined;
    for (const { id, time, steps } of events)
      for (const step of steps) {
        const chain = this.choose(0, { time, id, step }, []);
        if (chain) return chain.toSorted((a, b) => a.time - b.time || a.step - b.step);
      }
    return undefined;
  }

  progress(): Progress {
    return { have: this.best.length, need: this.last.length, chain: this.best };
  }

  /** One event for each step from this one on, all of them different, the new one among them. */
  private choose(step: number, fixed: ChainEvent, chosen: ChainEvent[]): ChainEvent[] | undefined {
    if (step === this.last.length) return chosen;
    for (const event of step === fixed.step ? [fixed] : this.last[step]!) {
      const isTaken = chosen.some(({ id }) => id === event.id);
      if (isTaken || (step !== fixed.step && event.id === fixed.id)) continue;
      const chain = this.choose(step + 1, fixed, [...chosen, event]);
      if (chain) return chain;
    }
    return undefined;
  }
}

/** The last events, as many as make the rule fire. */
class CountState implements KeyState {
  latest = 0;
  private readonly ring: ChainEvent[] = [];
  private next = 0;
  private most: Chain = [];

  constructor(private readonly rule: ResolvedRule) {}

  take(events: readonly SeenEvent[]): Chain | undefined {
    this.latest = events[0]!.time;
    for (const { time, id, steps } of events) {
      this.ring[this.next] = { time, id, step: steps[0]! };
      this.next = (this.next + 1) % this.rule.atLeast;
    }
    const oldest = this.latest - this.rule.timespanMs;
    const isFull = this.ring.length === this.rule.atLeast;
    if (isFull && this.ring[this.next]!.time >= oldest) return this.inOrder();
    return undefined;
  }

  progress(): Progress {
    const oldest = this.latest - this.rule.timespanMs;
    this.most = this.inOrder().filter(({ time }) => time >= oldest);
    return { have: this.most.length, need: this.rule.atLeast, chain: this.most };
  }

  private inOrder(): ChainEvent[] {
    const isFull = this.ring.length === this.rule.atLeast;
    return isFull ? [...this.ring.slice(this.next), ...this.ring.slice(0, this.next)] : [...this.ring];
  }
}

/** The last event of each value. */
class ValuesState implements KeyState {
  latest = 0;
  private readonly last = new Map<string, ChainEvent>();
  private most: Chain = [];

  constructor(private readonly rule: ResolvedRule) {}

  take(events: readonly SeenEvent[]): Chain | undefined {
    this.latest = events[0]!.time;
    for (const { time, id, steps, values = [] } of events)
      for (const value of values) {
        // Deleted first, so that the map is in the order of time.
        this.last.delete(value);
        this.last.set(value, { time, id, step: steps[0]! });
      }
    const oldest = this.latest - this.rule.timespanMs;
    for (const [value, { time }] of this.last) {
      if (time >= oldest) break;
      this.last.delete(value);
    }
    if (this.last.size > this.most.length) this.most = [...this.last.values()];
    if (this.last.size < this.rule.atLeast) return undefined;
    return onceEach([...this.last.values()]);
  }

  progress(): Progress {
    return { have: this.most.length, need: this.rule.atLeast, chain: onceEach(this.most) };
  }
}

/** An event may have several of the values. */
function onceEach(events: Chain): Chain {
  return [...new Map(events.map((event) => [event.id, event])).values()];
}
