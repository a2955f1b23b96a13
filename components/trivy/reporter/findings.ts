import { UNKNOWN_SEVERITY } from "../../documents/severities";
import type { Rating } from "../exploitation/priority";
import { TRIVY_SEVERITIES } from "../trivy-severities";
import { clip } from "./clip";
import { fingerprint, fingerprintText } from "./identity";
import type { Listed, ReportKind } from "./report-kind";
import type { Report, ReporterOptions, Subject, TrivySeverity } from "./types";

/**
 * A finding as it will be stored, without the times of this pass. It is text from the start: an object for each of a
 * million findings, and writing it out twice, was most of what a pass cost.
 */
export interface Finding {
  /** Of the content: the same finding seen again has the same. */
  hash: string;
  /** Trivy's word, as the document has it. */
  severity: string;
  /** Its id in the world, by which it is rated; empty for kinds that are not. */
  cve: string;
  /** The JSON of the document's fields, open at the end of the object of its kind, `root`. */
  content: string;
}

export interface Findings {
  /** By id, at or above the threshold. */
  wanted: Map<string, Finding>;
  /** Ids that the reports list below the threshold: not stored, but not fixed either. */
  belowThreshold: Set<string>;
  /** By id of a wanted finding, the one that it had before its target was a part of it. */
  formerIds: Map<string, string>;
  /** Of all wanted findings: unchanged when nothing is new. */
  digest: string;
}

/** Merges the reports of one subject: several ReplicaSets of a Deployment may list the same finding. */
export function collectFindings(
  kind: ReportKind,
  subject: Subject,
  reports: readonly Report[],
  options: ReporterOptions,
): Findings {
  const wanted = new Map<string, Finding>();
  const belowThreshold = new Set<string>();
  const formerIds = new Map<string, string>();
  const threshold = TRIVY_SEVERITIES[options.severityThreshold];
  for (const { report } of reports) {
    const where = fieldsOf(kind.where(subject, report, options));
    for (const listed of kind.listed(subject, report)) {
      const { id, formerId, severity } = listed;
      if (severityNumber(severity) < threshold) {
        belowThreshold.add(id);
        if (formerId) belowThreshold.add(formerId);
        continue;
      }
      keepOne(wanted, id, toFinding(kind, subject, where, listed));
      if (formerId) formerIds.set(id, formerId);
    }
  }
  // Of two ReplicaSets' reports one may have been made before targets were asked for.
  for (const formerId of formerIds.values()) wanted.delete(formerId);
  // With the images, so that one without findings is seen to change too.
  const images = reports.map(({ report }) => JSON.stringify([report.registry, report.artifact]));
  const lines = [...wanted].map(([id, { hash }]) => `${id} ${hash}`);
  return { wanted, belowThreshold, formerIds, digest: fingerprint([...images.sort(), ...lines.sort()]) };
}

// A report may list a finding twice, with different severities and texts: the most severe counts, and whichever comes first
// must not decide between others.
function keepOne(wanted: Map<string, Finding>, id: string, finding: Finding): void {
  const before = wanted.get(id);
  if (!before || isRather(finding, before)) wanted.set(id, finding);
}

function isRather(finding: Finding, before: Finding): boolean {
  const difference = severityNumber(finding.severity) - severityNumber(before.severity);
  return difference === 0 ? finding.hash > before.hash : difference > 0;
}

/** Of Trivy's word, on the scale of all tools. */
export function severityNumber(severity: string): number {
  return isSeverity(severity) ? TRIVY_SEVERITIES[severity] : UNKNOWN_SEVERITY;
}

/** False of a word that Trivy does not have, "constructor" too. */
export function isSeverity(word: string): word is TrivySeverity {
  return Object.hasOwn(TRIVY_SEVERITIES, word);
}

function toFinding(
  { root }: ReportKind,
  subject: Subject,
  where: string,
  { severity, cve = "", fields }: Listed,
): Finding {
  const { message, more, own } = fields();
  const further = more ? `,${fieldsOf(more)}` : "";
  const state = `${fieldsOf(own)},"report_id":"${subject.id}","state":"open"`;
  const content = `${where},"message":${JSON.stringify(clip(message))}${further},"${root}":{${state}`;
  return { hash: fingerprintText(content), severity, cve, content };
}

/** What a pass adds to a finding. */
export interface FindingState {
  now: string;
  firstSeen: string;
  /** Of kinds that are rated. */
  rating?: Rating | undefined;
}

/** The JSON of a finding's document. The times and the id are the reporter's own: nothing in them needs quoting. */
export function findingDocument(
  kind: ReportKind,
  id: string,
  finding: Finding,
  { now, firstSeen, rating }: FindingState,
): string {
  const { content, severity, hash } = finding;
  const event = `${eventFields(kind)},"severity":${severityNumber(severity)},"id":"${id}","hash":"${hash}"`;
  const rated = rating ? `,${fieldsOf(rating)}` : "";
  return `{"@timestamp":"${now}",${content}${rated},"firstSeen":"${firstSeen}"},"event":{${event}}}`;
}

/** The same for all findings of a kind, and so written out once. */
const EVENTS = new WeakMap<ReportKind, string>();

function eventFields(kind: ReportKind): string {
  const known = EVENTS.get(kind);
  if (known !== undefined) return known;
  const { root, event } = kind;
  const { category, dataset } = event;
  const fields = fieldsOf({
    ...{ kind: "state", category, type: ["info"], action: `${root}-open` },
    ...{ module: "trivy", dataset },
  });
  EVENTS.set(kind, fields);
  return fields;
}

/** The JSON of an object's fields, to be put into a larger one. */
function fieldsOf(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}

/** What has happened to a finding that is not open any more. */
export type ClosedState = "fixed" | "below_threshold" | "replaced" | "not_assessed";

/** The fields that change when a finding is closed. */
export function closing({ root }: ReportKind, state: ClosedState, reason: string, now: Date): object {
  const time = now.toISOString();
  return {
    "@timestamp": time,
    event: { action: `${root}-${state.replaceAll("_", "-")}` },
    [root]: { state, closedAt: time, closedReason: reason },
  };
}

/** The findings of a subject in one of these states. */
export function findingsIn(
  { root }: ReportKind,
  subjectId: string,
  states: readonly ("open" | ClosedState)[],
): object {
  return {
    bool: {
      filter: [{ term: { [`${root}.report_id`]: subjectId } }, { terms: { [`${root}.state`]: states } }],
    },
  };
}
