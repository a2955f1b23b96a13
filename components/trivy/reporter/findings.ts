import { SEVERITIES, UNKNOWN_SEVERITY } from "../../pipeline/severity";
import { findingId, fingerprint, fingerprintText } from "./identity";
import type { ReporterOptions, Subject, TrivySeverity, Vulnerability, VulnerabilityReport } from "./types";

/** A finding as it will be stored, without the times of this pass. */
export interface Finding {
  /** Of the content: the same finding seen again has the same. */
  hash: string;
  document: Record<string, unknown>;
}

export interface Findings {
  /** By id, at or above the threshold. */
  wanted: Map<string, Finding>;
  /** Ids that the reports list below the threshold: not stored, but not fixed either. */
  belowThreshold: Set<string>;
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
  const threshold = SEVERITIES.trivy[options.severityThreshold];
  for (const { report } of reports) {
    const repository = report.artifact?.repository ?? "";
    for (const vulnerability of report.vulnerabilities ?? []) {
      const id = findingId(subject, repository, vulnerability);
      if (severityOf(vulnerability) < threshold) belowThreshold.add(id);
      else keepOne(wanted, id, toFinding(id, subject, report, vulnerability, options));
    }
  }
  // With the images, so that one without findings is seen to change too.
  const images = reports.map(({ report }) => JSON.stringify([report.registry, report.artifact]));
  const lines = [...wanted].map(([id, { hash }]) => `${id} ${hash}`);
  return { wanted, belowThreshold, digest: fingerprint([...images.sort(), ...lines.sort()]) };
}

// A report may list a finding twice with different texts; whichever comes first must not decide.
function keepOne(wanted: Map<string, Finding>, id: string, finding: Finding): void {
  const before = wanted.get(id);
  if (!before || finding.hash > before.hash) wanted.set(id, finding);
}

function severityOf({ severity }: Vulnerability): number {
  return SEVERITIES.trivy[severity as TrivySeverity] ?? UNKNOWN_SEVERITY;
}

function toFinding(
  id: string,
  subject: Subject,
  report: VulnerabilityReport["report"],
  vulnerability: Vulnerability,
  options: ReporterOptions,
): Finding {
  const document = {
    event: {
      kind: "state",
      category: ["vulnerability"],
      type: ["info"],
      action: "vulnerability-open",
      severity: severityOf(vulnerability),
      module: "trivy",
      dataset: "trivy.vulnerability",
      id,
    },
    ...subjectFields(subject, report, options),
    message: clip(
      `${vulnerability.vulnerabilityID} (${vulnerability.severity ?? "UNKNOWN"}) in ${vulnerability.resource} of ${subject.workload.kind} ${subject.namespace}/${subject.workload.name}`,
    ),
    vulnerability: {
      id: clip(vulnerability.vulnerabilityID),
      severity: clip(vulnerability.severity ?? "UNKNOWN"),
      score: score(vulnerability.score),
      title: clip(vulnerability.title),
      resource: clip(vulnerability.resource),
      installedVersion: clip(vulnerability.installedVersion),
      fixedVersion: clip(vulnerability.fixedVersion || undefined),
      packagePath: clip(vulnerability.packagePath || undefined),
      packageURL: clip(vulnerability.packagePURL),
      reference: link(vulnerability.primaryLink),
      published: time(vulnerability.publishedDate),
      report_id: subject.id,
      state: "open",
    },
  };
  return { hash: fingerprintText(JSON.stringify(document)), document };
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

function time(text: string | undefined): string | undefined {
  const parsed = text ? new Date(text) : undefined;
  if (!parsed || Number.isNaN(parsed.getTime())) return undefined;
  return parsed.toISOString();
}
