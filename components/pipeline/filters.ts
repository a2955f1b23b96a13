import { canMatch } from "../core/config/exceptions";
import { concerns, type Exception, matchKeysOf } from "../core/config/exceptions-schema";
import { patternSource } from "../core/config/pattern";
import type { AppliedException } from "../core/contract/contribution";
import type { CollectorComponent } from "../documents/documents";
import { EXCEPTED, SAMPLED_PERCENT } from "../documents/fields";
import type { Matchable, MatchableFields } from "../documents/matchable";
import { and, constant, field, literal, set } from "../documents/ottl";

/**
 * Processors of the gateway that keep of a tool's documents what the exceptions leave, in the order in which they run;
 * none without exceptions for the tool. The first that fits an event decides. What goes is counted in
 * `otelcol_processor_filter_logs_filtered`, by tool. Dead letters always stay, and so does what a tool says of itself.
 */
export function filterProcessors(
  tool: string,
  { exceptions, tools }: FilterSettings,
): [string, CollectorComponent][] {
  const matchable = tools.find((one) => one.tool === tool)?.matchable;
  if (!matchable) return [];
  const own = applicable({ tool, matchable }, exceptions);
  const decisions = own.map((exception, i) => ({
    exception,
    applies: and(
      ...own.slice(0, i).map((earlier) => `not (${fits(earlier, matchable)})`),
      fits(exception, matchable),
    ),
  }));
  const dropping = decisions.filter(({ exception }) => drops(exception));
  const muting = decisions.filter(({ exception }) => exception.effect === "mute");
  const sampling = dropping.filter(({ exception }) => exception.keepPercent > 0);
  const drop: CollectorComponent = {
    error_mode: "silent",
    log_conditions: dropping.map(({ exception, applies }) => and(applies, isLeftOut(exception.keepPercent))),
  };
  const mark: CollectorComponent = {
    error_mode: "silent",
    log_statements: sampling.map(({ exception, applies }) =>
      set(SAMPLED_PERCENT, exception.keepPercent.toFixed(4), applies),
    ),
  };
  const mute: CollectorComponent = {
    error_mode: "silent",
    log_statements: muting.map(({ exception, applies }) =>
      set(EXCEPTED, literal(`${exception.owner}: ${exception.reason}`), applies),
    ),
  };
  return [
    ...(dropping.length > 0 ? [[`filter/${tool}`, drop] as [string, CollectorComponent]] : []),
    ...(sampling.length > 0 ? [[`transform/${tool}_sampled`, mark] as [string, CollectorComponent]] : []),
    ...(muting.length > 0 ? [[`transform/${tool}_muted`, mute] as [string, CollectorComponent]] : []),
  ];
}

/** Whether some of what fits is not stored. */
function drops({ effect, keepPercent }: Exception): boolean {
  return effect === "drop" && keepPercent < 100;
}

/** What the filters are made of. */
export interface FilterSettings {
  exceptions: readonly Exception[];
  /** Of the tools those whose documents the exceptions may be about. */
  tools: readonly FilteredTool[];
}

/** A tool whose documents pass the gateway. */
export interface FilteredTool {
  tool: string;
  /** What exceptions can name of its documents. */
  matchable?: MatchableFields | undefined;
}

/** What the gateway does about each exception, for those who read the plan. */
export function filteredHere({ exceptions, tools }: FilterSettings): AppliedException[] {
  return exceptions.flatMap((exception) => {
    const names = tools.filter((tool) => applicable(tool, [exception]).length > 0).map(({ tool }) => tool);
    if (names.length === 0) return [];
    const { index, keepPercent, effect } = exception;
    if (effect === "mute")
      return [{ index, how: `marks what ${names.join(" and ")} wrote as excepted, at the gateway` }];
    const what = keepPercent === 0 ? "drops" : `keeps ${keepPercent} % of`;
    return [{ index, how: `${what} what ${names.join(" and ")} wrote, at the gateway` }];
  });
}

/** Events of this severity and above raise an alert, unless the stack config says another. */
const ALERTED = 4;

/** What an administrator must know of: that what would have raised an alert is left out. */
export function filterWarnings({ exceptions, tools }: FilterSettings): string[] {
  const applied = exceptions.filter((exception) =>
    tools.some((tool) => applicable(tool, [exception]).length > 0),
  );
  return applied.flatMap((exception) => {
    const { index, maxSeverity, effect } = exception;
    if (maxSeverity >= ALERTED && drops(exception))
      return [
        `exceptions[${index}] leaves out events of severity ${maxSeverity} too, which raise alerts from ${ALERTED} on.`,
      ];
    if (maxSeverity < ALERTED && effect === "mute")
      return [
        `exceptions[${index}] mutes events up to severity ${maxSeverity}, of which only rules that count raise alerts; a single event does from ${ALERTED} on (maxSeverity).`,
      ];
    return [];
  });
}

function applicable({ tool, matchable }: FilteredTool, exceptions: readonly Exception[]): Exception[] {
  return exceptions.filter(
    (exception) => concerns(exception, tool) && matchable && canMatch(exception, { matchable }),
  );
}

function fits(exception: Exception, matchable: MatchableFields): string {
  const conditions = matchKeysOf(exception).flatMap((key) => {
    const here = matchable[key];
    return here ? [...conditionsOf(here, exception[key]), here.besides] : [];
  });
  return and(
    `${field("event.kind")} != "pipeline_error"`,
    // Of events that a tool lost itself: nothing may hide a loss.
    `${field("event.kind")} != "metric"`,
    `${field("event.severity")} <= ${exception.maxSeverity}`,
    ...conditions,
  );
}

/** A list has the text among its own, a map has all pairs, a text is it; in a text * stands for any characters. */
function conditionsOf(
  { value, isList = false }: Matchable,
  wanted: string | Readonly<Record<string, string>> | undefined,
): string[] {
  if (wanted === undefined) return [];
  if (typeof wanted !== "string")
    return Object.entries(wanted).map(([name, text]) => `${value}[${literal(name)}] == ${constant(text)}`);
  if (isList) return [`${value} != nil`, `ContainsValue(${value}, ${literal(wanted)})`];
  if (!wanted.includes("*")) return [`${value} == ${literal(wanted)}`];
  return [`IsMatch(${value}, ${literal(`^${patternSource(wanted)}$`)})`];
}

const BUCKETS = 2 ** 32;

/** By the event's own id, a hash: no state, and the same answer for the same event. */
function isLeftOut(keepPercent: number): string | undefined {
  if (keepPercent === 0) return undefined;
  const first = Math.round((keepPercent / 100) * BUCKETS);
  return `ParseInt(Substring(${field("event.id")}, 0, 8), 16) >= ${first}`;
}
