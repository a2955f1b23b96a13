import { z } from "zod";
import { patternSource } from "../core/config/pattern";
import { labelKey, labelValue, text } from "../core/config/value-schemas";
import type { CollectorComponent } from "../documents/documents";
import { SAMPLED_PERCENT } from "../documents/fields";
import { and, constant, field, literal, set } from "../documents/ottl";
import { HIGHEST_SEVERITY } from "../documents/severities";

const patterns = z.array(text.min(1).max(500)).default([]);

/** One rule of what is kept of a tool's events. All that it names must fit; of a list one entry. */
export const filterSchema = z
  .strictObject({
    tool: text.min(1).describe("The tool whose events it is for, the value of labels.security_tool."),
    reason: text.min(5).describe("Why these events may go; for those who miss them."),
    keepPercent: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .describe(
        "How many of them are kept: 0 drops all, 100 keeps all whatever later rules say, between is a sample. An event that is read twice has the same fate twice. Of a sample every document says so in event.sampled_percent.",
      ),
    maxSeverity: z
      .int()
      .min(1)
      .max(HIGHEST_SEVERITY)
      .default(3)
      .describe("Events of a higher severity are kept, whatever else fits."),
    namespaces: patterns.describe("Kubernetes namespaces; * stands for any characters."),
    images: patterns.describe("Names of container images, without a tag; * stands for any characters."),
    rules: patterns.describe("Names of detection rules; * stands for any characters."),
    labels: z.record(labelKey, labelValue).default({}).describe("Labels of the pod, all of them."),
  })
  .refine(
    ({ namespaces, images, rules, labels }) =>
      [namespaces, images, rules, Object.keys(labels)].some((part) => part.length > 0),
    {
      message:
        "at least one of namespaces, images, rules and labels: a tool that nobody needs is switched off",
    },
  );

export type Filter = z.output<typeof filterSchema>;

/**
 * Processors of the gateway that keep of a tool's documents what the filters say, in the order in which they run;
 * none without filters for the tool. The first filter that fits an event decides. What goes is counted in
 * `otelcol_processor_filter_logs_filtered`, by tool. Dead letters always stay.
 */
export function filterProcessors(tool: string, filters: readonly Filter[]): [string, CollectorComponent][] {
  const own = filters.filter((filter) => filter.tool === tool);
  const decisions = own.map((filter, i) => ({
    filter,
    applies: and(...own.slice(0, i).map((earlier) => `not (${fits(earlier)})`), fits(filter)),
  }));
  const dropping = decisions.filter(({ filter }) => filter.keepPercent < 100);
  const sampling = dropping.filter(({ filter }) => filter.keepPercent > 0);
  const drop: CollectorComponent = {
    error_mode: "silent",
    log_conditions: dropping.map(({ filter, applies }) => and(applies, isLeftOut(filter.keepPercent))),
  };
  const mark: CollectorComponent = {
    error_mode: "silent",
    log_statements: sampling.map(({ filter, applies }) =>
      set(SAMPLED_PERCENT, filter.keepPercent.toFixed(4), applies),
    ),
  };
  return [
    ...(dropping.length > 0 ? [[`filter/${tool}`, drop] as [string, CollectorComponent]] : []),
    ...(sampling.length > 0 ? [[`transform/${tool}_sampled`, mark] as [string, CollectorComponent]] : []),
  ];
}

/** What an administrator must know: that events go, and filters for tools of which there is none. */
export function filterWarnings(tools: readonly string[], filters: readonly Filter[]): string[] {
  return filters.map(({ tool, keepPercent, reason }, i) => {
    const what = keepPercent === 0 ? "drops events" : `keeps ${keepPercent} % of events`;
    return tools.includes(tool)
      ? `filters[${i}] of the pipeline ${what} of ${tool}: ${reason}`
      : `filters[${i}] of the pipeline is for ${tool}, and no enabled feature writes events of that name.`;
  });
}

function fits({ namespaces, images, rules, labels, maxSeverity }: Filter): string {
  return and(
    `${field("event.kind")} != "pipeline_error"`,
    `${field("event.severity")} <= ${maxSeverity}`,
    oneOf("kubernetes.namespace", namespaces),
    oneOf("container.image.name", images),
    oneOf("rule.name", rules),
    ...Object.entries(labels).map(
      ([name, value]) => `${field("kubernetes.labels")}[${literal(name)}] == ${constant(value)}`,
    ),
  );
}

function oneOf(name: string, allowed: readonly string[]): string | undefined {
  if (allowed.length === 0) return undefined;
  const alternatives = allowed.map(patternSource);
  return `IsMatch(${field(name)}, ${literal(`^(${alternatives.join("|")})$`)})`;
}

const BUCKETS = 2 ** 32;

/** By the event's own id, a hash: no state, and the same answer for the same event. */
function isLeftOut(keepPercent: number): string | undefined {
  if (keepPercent === 0) return undefined;
  const first = Math.round((keepPercent / 100) * BUCKETS);
  return `ParseInt(Substring(${field("event.id")}, 0, 8), 16) >= ${first}`;
}
