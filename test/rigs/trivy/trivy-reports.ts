import type { Vulnerability } from "../../../components/trivy/reporter/types";

const SEVERITIES = ["CRITICAL", "HIGH", "MEDIUM", "LOW"] as const;

/** A finding as Trivy lists it; the same number gives the same finding. */
export function vulnerability(number: number, more: Partial<Vulnerability> = {}): Vulnerability {
  const id = `CVE-2026-${String(10_000 + number)}`;
  const resource = `libexample${number % 37}`;
  const installedVersion = `1.${number % 10}.${number % 7}-1+deb12u1`;
  return {
    vulnerabilityID: id,
    resource,
    installedVersion,
    fixedVersion: number % 3 === 0 ? "" : `1.${number % 10}.9-1`,
    severity: SEVERITIES[number % 2],
    score: (number % 60) / 10 + 4,
    title: `${resource}: a flaw in parsing lets a crafted file write out of bounds, number ${number}`,
    primaryLink: `https://avd.aquasec.com/nvd/${id.toLowerCase()}`,
    publishedDate: "2026-03-01T12:00:00Z",
    packagePURL: `pkg:deb/debian/${resource}@${installedVersion}?arch=amd64&distro=debian-12.4`,
    ...more,
  };
}

/** As many different findings, all of them HIGH or CRITICAL. */
export function vulnerabilities(count: number, first = 0): Vulnerability[] {
  return Array.from({ length: count }, (_, i) => vulnerability(first + i));
}

export interface ReportSpec {
  namespace: string;
  name: string;
  container: string;
  workload: { kind: string; name: string; uid?: string };
  vulnerabilities: Vulnerability[];
  repository?: string;
  tag?: string;
  /** Version of the scanner as the operator writes it. */
  scanner?: string;
}

/** A VulnerabilityReport as trivy-operator writes it (pkg/vulnerabilityreport/builder.go). */
export function reportObject(spec: ReportSpec): object {
  const { namespace, name, container, workload } = spec;
  return {
    apiVersion: "aquasecurity.github.io/v1alpha1",
    kind: "VulnerabilityReport",
    metadata: {
      name,
      labels: {
        "app.kubernetes.io/managed-by": "trivy-operator",
        "resource-spec-hash": "6d5b9c7f8d",
        "trivy-operator.container.name": container,
        "trivy-operator.resource.kind": workload.kind,
        "trivy-operator.resource.name": workload.name,
        "trivy-operator.resource.namespace": namespace,
      },
      annotations: { "trivy-operator.aquasecurity.github.io/report-ttl": "24h0m0s" },
      ownerReferences: workload.uid ? [ownerReference({ ...workload, uid: workload.uid })] : undefined,
    },
    report: reportBody(spec),
  };
}

/** `report` of a VulnerabilityReport. */
export function reportBody({ vulnerabilities, repository, tag, scanner = "0.74.0" }: ReportSpec): object {
  return {
    updateTimestamp: new Date().toISOString(),
    scanner: { name: "Trivy", vendor: "Aqua Security", version: scanner },
    registry: { server: "index.docker.io" },
    artifact: {
      repository: repository ?? "library/nginx",
      tag: tag ?? "1.25",
      digest: `sha256:${"0".repeat(64)}`,
    },
    os: { family: "debian", name: "12.4" },
    summary: {
      criticalCount: 0,
      highCount: 0,
      mediumCount: 0,
      lowCount: 0,
      unknownCount: 0,
      noneCount: 0,
    },
    // The CRD wants these two of every finding.
    vulnerabilities: vulnerabilities.map((finding) => ({
      lastModifiedDate: "2026-03-02T12:00:00Z",
      ...finding,
    })),
  };
}

function ownerReference({ kind, name, uid }: { kind: string; name: string; uid: string }): object {
  return { apiVersion: "apps/v1", kind, name, uid, controller: true, blockOwnerDeletion: false };
}
