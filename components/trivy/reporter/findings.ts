import { UNKNOWN_SEVERITY } from "../../documents/severities";
import type { Rating } from "../exploitation/priority";
import { TRIVY_SEVERITIES } from "../trivy-severities";
import { findingId, fingerprint, fingerprintText, idWithoutTarget, targetOf } from "./identity";
import type { ReporterOptions, Subject, TrivySeverity, Vulnerability, VulnerabilityReport } from "./types";

/**
 * A finding as it will be stored, without the times of this pass. It is text from the start: an object for each of a
 * million findings, and writing it out twice, was most of what a pass cost.
 */
export interface Finding {
  /** Of the content: the same finding seen again has the same. */
  hash: string;
  /** Trivy's word, as the document has it. */
  severity: string;
  /** Its id in the world: a CVE, or that of an advisory. */
  cve: string;
  /** The JSON of the document's fields, open at the end of `vulnerability`. */
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

// Lucene refuses a keyword of more than 32766 bytes, and text in a report comes from an image.
const MAX_TEXT = 2000;

/** Merges the reports of one subject: several ReplicaSets of a Deployment may list the same finding. */
export function collectFindings(
  subject: Subject,
  reports: readonly VulnerabilityReport[],
  options: ReporterOptions,
): Findings {
  const wanted = new Map<string, Finding>();
  const belowThreshold = new Set<string>();
  const formerIds = new Map<string, string>();
  const threshold = TRIVY_SEVERITIES[options.severityThreshold];
  for (const { report } of reports) {
    const repository = report.artifact?.repository ?? "";
    const where = fieldsOf(subjectFields(subject, report, options));
    for (const vulnerability of report.vulnerabilities ?? []) {
      const id = findingId(subject, repository, vulnerability);
      const formerId = idWithoutTarget(subject, repository, vulnerability);
      if (severityOf(vulnerability) < threshold) {
        belowThreshold.add(id);
        if (formerId) belowThreshold.add(formerId);
        continue;
      }
      keepOne(wanted, id, toFinding(subject, where, vulnerability));
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

function severityOf({ severity }: Vulnerability): number {
  return severityNumber(severity ?? "UNKNOWN");
}

/** Of Trivy's word, on the scale of all tools. */
export function severityNumber(severity: string): number {
  return TRIVY_SEVERITIES[severity as TrivySeverity] ?? UNKNOWN_SEVERITY;
}

function toFinding(subject: Subject, where: string, vulnerability: Vulnerability): Finding {
  const { severity = "UNKNOWN" } = vulnerability;
  const { namespace, workload } = subject;
  const message = clip(
    `${vulnerability.vulnerabilityID} (${severity}) in ${vulnerability.resource} of ${workload.kind} ${namespace}/${workload.name}`,
  );
  const fields = fieldsOf({
    id: clip(vulnerability.vulnerabilityID),
    severity: clip(severity),
    score: score(vulnerability.score),
    title: clip(vulnerability.title),
    resource: clip(vulnerability.resource),
    installedVersion: clip(vulnerability.installedVersion),
    fixedVersion: clip(vulnerability.fixedVersion || undefined),
    packagePath: clip(vulnerability.packagePath || undefined),
    packageURL: clip(vulnerability.packagePURL),
    target: clip(targetOf(vulnerability)),
    reference: link(vulnerability.primaryLink),
    published: time(vulnerability.publishedDate),
    report_id: subject.id,
    state: "open",
  });
  const content = `${where},"message":${JSON.stringify(message)},"vulnerability":{${fields}`;
  return { hash: fingerprintText(content), severity, cve: vulnerability.vulnerabilityID, content };
}

const EVENT = fieldsOf({
  kind: "state",
  category: ["vulnerability"],
  type: ["info"],
  action: "vulnerability-open",
  module: "trivy",
  dataset: "trivy.vulnerability",
});

/** What a pass adds to a finding. */
export interface FindingState {
  now: string;
  firstSeen: string;
  rating: Rating;
}

/** The JSON of a finding's document. The times and the id are the reporter's own: nothing in them needs quoting. */
export function findingDocument(
  id: string,
  finding: Finding,
  { now, firstSeen, rating }: FindingState,
): string {
  const { content, severity, hash } = finding;
  const event = `${EVENT},"severity":${severityNumber(severity)},"id":"${id}","hash":"${hash}"`;
  return `{"@timestamp":"${now}",${content},${fieldsOf(rating)},"firstSeen":"${firstSeen}"},"event":{${event}}}`;
}

/** The JSON of an object's fields, to be put into a larger one. */
function fieldsOf(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}

/** The fields that say where a finding or a report belongs. */
export function subjectFields(
  subject: Subject,
  { artifact, registry }: VulnerabilityReport["report"],
  { clusterName }: ReporterOptions,
): Record<string, unknown> {
  const server = registry?.server === "index.docker.io" ? "docker.io" : registry?.server;
  const name = [server, artifact?.repository].filter(Boolean).join("/");
  return {
    labels: { security_tool: "trivy" },
    orchestrator: { cluster: { name: clusterName } },
    kubernetes: { namespace: subject.namespace },
    workload: subject.workload,
    container: { name: subject.container, image: { name: clip(name), tag: clip(artifact?.tag) } },
  };
}

function clip(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}...`;
}

function score(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && value <= 10 ? value : undefined;
}

// Shown as a link in the dashboards: nothing that a browser would run.
function link(text: string | undefined): string | undefined {
  return text?.startsWith("https://") ? clip(text) : undefined;
}

const UTC_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function time(text: string | undefined): string | undefined {
  const parsed = text ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(parsed)) return undefined;
  return UTC_SECONDS.test(text!) ? text : new Date(parsed).toISOString();
}
