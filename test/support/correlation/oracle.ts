import type { CorrelationType } from "../../../components/documents/correlation-rule";

/** An event of a random stream. */
export interface StreamEvent {
  id: string;
  time: number;
  /** Names of the steps that it is an event of. */
  steps: string[];
  key: string;
  values: string[];
}

export interface OracleRule {
  type: CorrelationType;
  steps: string[];
  timespanMs: number;
  atLeast: number;
}

const HOUR = 3_600_000;

/**
 * What a rule has to find, by the definition alone: every way of choosing events is tried. `key hour` of each chain, the hour
 * being that of its last event.
 */
export function bruteForce(rule: OracleRule, events: readonly StreamEvent[]): Set<string> {
  const found = new Set<string>();
  for (const last of events) {
    const window = events.filter(
      ({ key, time }) => key === last.key && time <= last.time && time >= last.time - rule.timespanMs,
    );
    if (endsAt(rule, last, window)) found.add(`${last.key} ${Math.floor(last.time / HOUR)}`);
  }
  return found;
}

function endsAt(rule: OracleRule, last: StreamEvent, window: readonly StreamEvent[]): boolean {
  const ofRule = window.filter(({ steps }) => steps.some((step) => rule.steps.includes(step)));
  switch (rule.type) {
    case "event_count":
      return ofRule.includes(last) && ofRule.length >= rule.atLeast;
    case "value_count":
      return ofRule.includes(last) && new Set(ofRule.flatMap(({ values }) => values)).size >= rule.atLeast;
    default:
      return choices(rule.steps, ofRule).some(
        (chosen) =>
          chosen.includes(last) &&
          (rule.type === "temporal" || (chosen.at(-1) === last && isInOrder(chosen))),
      );
  }
}

/** All ways of giving each step an event of its own. */
function choices(steps: readonly string[], events: readonly StreamEvent[]): StreamEvent[][] {
  const [step, ...others] = steps;
  if (step === undefined) return [[]];
  return events
    .filter((event) => event.steps.includes(step))
    .flatMap((event) =>
      choices(
        others,
        events.filter((other) => other !== event),
      ).map((rest) => [event, ...rest]),
    );
}

function isInOrder(events: readonly StreamEvent[]): boolean {
  return events.every((event, i) => i === 0 || events[i - 1]!.time <= event.time);
}

/** A small generator with a seed (Mulberry32), so that a failure can be run again. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const TYPES: readonly CorrelationType[] = ["temporal_ordered", "temporal", "event_count", "value_count"];
const STEPS = ["a", "b", "c"];
// Shortly before a full hour, so that some chains end after it.
const START = Date.parse("2026-11-29T09:58:00Z");

/** A rule and a stream for it: few keys and coarse times, so that much meets, and events of two steps at once. */
export function randomCase(seed: number): { rule: OracleRule; events: StreamEvent[] } {
  const next = random(seed);
  const upTo = (n: number) => Math.floor(next() * n);
  const type = TYPES[seed % TYPES.length]!;
  const steps = STEPS.slice(0, type.startsWith("temporal") ? 2 + upTo(2) : 1 + upTo(2));
  const rule = { type, steps, timespanMs: (1 + upTo(3)) * 60_000, atLeast: 2 + upTo(4) };
  const step = 1000 * [1, 20, 45][upTo(3)]!;
  const events = Array.from({ length: 8 + upTo(30) }, (_, i): StreamEvent => {
    const first = STEPS[upTo(3)]!;
    return {
      id: `e${seed}-${i}`,
      time: START + upTo(12) * step,
      steps: upTo(5) === 0 ? [...new Set([first, STEPS[upTo(3)]!])] : [first],
      key: ["one", "two"][upTo(2)]!,
      values: [["x", "y", "z", "w", "v"][upTo(5)]!, ...(upTo(4) === 0 ? ["u"] : [])],
    };
  });
  return { rule, events };
}
