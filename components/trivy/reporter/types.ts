import type { Exploitation } from "../exploitation/exploitation";

/** The parts of Kubernetes metadata that the reporter reads. */
export interface ObjectMeta {
  name: string;
  namespace: string;
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

/** A VulnerabilityReport of trivy-operator (aquasecurity.github.io/v1alpha1); any text in it may come from an image. */
export interface VulnerabilityReport {
  metadata: ObjectMeta;
  report: {
    artifact?: { repository?: string; tag?: string; digest?: string };
    registry?: { server?: string };
    scanner?: { version?: string };
    os?: { family?: string; name?: string };
    vulnerabilities?: Vulnerability[] | null;
  };
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

/** What findings belong to: a container of a workload, whichever ReplicaSet or report it is seen through. */
export interface Subject {
  id: string;
  namespace: string;
  workload: { kind: string; name: string };
  container: string;
}

export type TrivySeverity = "UNKNOWN" | "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";

export interface ReporterOptions {
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
