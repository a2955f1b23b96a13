import { z } from "zod";
import type { CollectorComponent } from "../documents/documents";
import { SUPPRESSED } from "../documents/fields";
import { and, field, literal, set } from "../documents/ottl";
import { HIGHEST_SEVERITY } from "../documents/severities";

/** Of the feature's config. */
export const eventLimitSchema = z
  .strictObject({
    perPod: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe(
        "Events of one rule in one pod that are kept of what a node sends at a time, which is every 200 ms or 1 MB. One more stands for all beyond, with their number in event.suppressed. No limit where left out.",
      ),
    maxSeverity: z
      .int()
      .min(1)
      .max(HIGHEST_SEVERITY)
      .default(3)
      .describe("Events of a higher severity are kept, however many there are."),
  })
  .prefault({});

export type EventLimit = z.output<typeof eventLimitSchema>;

const KEY = 'log.attributes["limit.key"]';
const NUMBER = 'log.attributes["limit.number"]';
const COUNTS = 'resource.attributes["limit.counts"]';
const COUNT = `${COUNTS}[${KEY}]`;

/** Processors around those that make the documents of a tool. */
export interface LimitProcessors {
  before: [string, CollectorComponent][];
  after: [string, CollectorComponent][];
}

/**
 * Keeps a pod that floods from costing more than its share, and says so: one rule in one pod makes `perPod` documents
 * and one that counts the rest, of each batch of a node. Counted within the batch, by groups of statements of which
 * each goes over all records before the next one (transformprocessor 0.152, internal/common/logs.go): nothing is held
 * back in memory, so nothing is lost with the gateway. What goes is counted in `otelcol_processor_filter_logs_filtered`.
 * Lines that are read again after a crash fall into other batches, so of those more may be kept and counted twice.
 */
export function limitProcessors(tool: string, { perPod, maxSeverity }: EventLimit): LimitProcessors {
  if (perPod === undefined) return { before: [], after: [] };
  const counted = `${KEY} != nil`;
  const standsForOthers = `${NUMBER} == ${perPod + 1} and ${COUNT} > ${perPod + 1}`;
  const count: CollectorComponent = {
    error_mode: "silent",
    log_statements: [
      {
        conditions: [isLimited(maxSeverity)],
        statements: [
          `set(${KEY}, Concat([${[...POD, "rule.name"].map(field).join(", ")}], "\\n"))`,
          `set(${COUNTS}, {}) where ${COUNTS} == nil`,
          `set(${COUNT}, 0) where ${COUNT} == nil`,
          `set(${COUNT}, ${COUNT} + 1)`,
          `set(${NUMBER}, ${COUNT})`,
        ],
      },
      {
        conditions: [counted],
        statements: [
          set(SUPPRESSED, `${COUNT} - ${perPod + 1}`, standsForOthers),
          set(
            "message",
            `Concat([${field(SUPPRESSED)}, ${literal("more events of this rule in this pod were left out. This one:")}, ${field("message")}], " ")`,
            standsForOthers,
          ),
        ],
      },
      { statements: [`delete_key(resource.attributes, "limit.counts")`] },
    ],
  };
  const drop: CollectorComponent = {
    error_mode: "silent",
    log_conditions: [`${NUMBER} != nil and ${NUMBER} > ${perPod + 1}`],
  };
  return {
    // One resource for all records of a node: the counts are on it.
    before: [[`groupbyattrs/${tool}_limit`, {}]],
    after: [
      [`transform/${tool}_limit`, count],
      [`filter/${tool}_limit`, drop],
    ],
  };
}

const POD = ["kubernetes.namespace", "kubernetes.pod.name"];

/** Dead letters have no pod. */
function isLimited(maxSeverity: number): string {
  return and(`${field("kubernetes.pod.name")} != nil`, `${field("event.severity")} <= ${maxSeverity}`);
}
