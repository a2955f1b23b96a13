import type { Condition } from "./condition";
import type { Severity } from "./severities";
import type { SignalName, StateName } from "./signals";

/** The types of Sigma's correlation rules that are evaluated (sigmahq.io, "Sigma Correlations"). */
export const CORRELATION_TYPES = ["temporal_ordered", "temporal", "event_count", "value_count"] as const;

export type CorrelationType = (typeof CORRELATION_TYPES)[number];

/** One kind of event that a rule asks for, in Sigma's words one of its `rules`. */
export type CorrelationStep =
  | {
      signal: SignalName;
      /** Where it must be so too. */
      where?: readonly Condition[];
      selection?: undefined;
    }
  /** By what any tool's documents have, or of a rule about one tool's documents alone. */
  | { name: string; selection: readonly Condition[]; signal?: undefined };

/** By which a step is called in samples and results. */
export function stepName(step: CorrelationStep): string {
  return step.signal ?? step.name;
}

/** A tactic of ATT&CK and the technique by which it is pursued; ids of v19. */
export interface AttackStage {
  tactic: string;
  technique: string;
}

/**
 * A rule over several events, as data, in the words of Sigma's correlations. An event of a rule has all fields of `groupBy`;
 * events are looked at together where those are the same, and no further apart than the timespan.
 */
export interface CorrelationRule {
  /** `rule.name` of what it finds. */
  name: string;
  title: string;
  severity: Severity;
  /** The chain, in the order in which an attacker goes through it. */
  attack: readonly AttackStage[];
  /**
   * `temporal_ordered`: an event of each step, in their order. `temporal`: an event of each step, in any. `event_count`: so
   * many events. `value_count`: events with so many values of a field.
   */
  type: CorrelationType;
  steps: readonly CorrelationStep[];
  groupBy: readonly string[];
  timespanMinutes: number;
  /** Of `event_count` and `value_count`. */
  atLeast?: number;
  /** Of `value_count`: the field whose values are counted. */
  field?: string;
  /** Must be so, for the same values of `groupBy`, when the events are found. */
  while?: StateName;
  /** What the reader of the result should do. */
  fix: string;
  samples?: CorrelationSamples;
}

/** Streams of events that show what a rule finds and what it leaves. */
export interface CorrelationSamples {
  found: readonly SampleStream[];
  notFound: readonly SampleStream[];
}

export interface SampleStream {
  why: string;
  /** Seconds from the first, the step by its name, and the fields that differ from the other events'. */
  events: readonly (readonly [seconds: number, step: string, fields?: Readonly<Record<string, string>>])[];
}
