import type { Exploitation } from "../exploitation/exploitation";

/** The parts of Kubernetes metadata that the reporter reads. */
export interface ObjectMeta {
  name: string;
  /** None of what is in no namespace. */
  namespace?: string;
  resourceVersion: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
}

export interface OwnerReference {
  kind: string;
  name: string;
  controller?: boolean;
}

/**
 * A report of trivy-operator (aquasecurity.github.io/v1alpha1), of whichever kind; any text in it may come from an image or
 * from an object of the cluster.
 */
export interface Report {
  metadata: ObjectMeta;
  report: ReportBody;
}

export interface ReportBody {
  artifact?: { repository?: string; tag?: string; digest?: string };
  registry?: { server?: string };
  scanner?: { version?: string };
  os?: { family?: string; name?: string };
  vulnerabilities?: Vulnerability[] | null;
  checks?: Check[] | null;
  secrets?: ExposedSecret[] | null;
}

export interface Vulnerability {
  vulnerabilityID: string;
  resource?: string;
  installedVersion?: string;
  fixedVersion?: string;
  severity?: string;
  score?: number;
  title?: string;
  primaryLink?: string;
  publishedDate?: string;
  packagePURL?: string;
  packagePath?: string;
  /** Kind of what was scanned: `os-pkgs`, `lang-pkgs`. */
  class?: string;
  /** File in which the package was found; of packages of the operating system the image and its system. */
  target?: string;
}

/** A check of an object's configuration; one that fails for several containers is listed for each of them. */
export interface Check {
  checkID: string;
  title?: string;
  description?: string;
  severity?: string;
  category?: string;
  /** Written by the check's own program, which may quote what is in the object. */
  messages?: string[] | null;
  remediation?: string;
  success?: boolean;
}

/** A secret in an image, without `match`, which is the line with the secret: it is never read. */
export interface ExposedSecret {
  ruleID: string;
  title?: string;
  category?: string;
  severity?: string;
  /** The file. */
  target: string;
}

/**
 * What findings belong to: an object of the cluster, or a container of a workload, whichever ReplicaSet or report it is seen
 * through.
 */
export interface Subject {
  id: string;
  /** Empty for an object that is in none. */
  namespace: string;
  workload: { kind: string; name: string };
  /** Empty where the report is about the whole object. */
  container: string;
}

/** Scanners of trivy-operator whose reports are read, by the config's word. */
export type ReportedScanner =
  | "vulnerability"
  | "exposedSecret"
  | "configAudit"
  | "rbacAssessment"
  | "infraAssessment";

export type TrivySeverity = "UNKNOWN" | "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";

export interface ReporterOptions {
  /** Those that are switched on: the findings of the others are closed. */
  scanners: readonly ReportedScanner[];
  /** `orchestrator.cluster.name` of every document, and a part of every id. */
  clusterName: string;
  /** Findings below are left out. */
  severityThreshold: TrivySeverity;
  /** How long the reports of a workload must be missing until its findings are closed, besides three passes. */
  closeAfterMs: number;
  /** How findings are rated. */
  exploitation: Exploitation;
  /** Reference of the image that scans, by which the digest of a report's scanner gets a version. */
  scannerImage?: string;
  /** Clock of the pass. */
  now: Date;
}
