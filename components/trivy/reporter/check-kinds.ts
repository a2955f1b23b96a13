import { clip } from "./clip";
import { fingerprint, nameOf } from "./identity";
import { posture, resourceFields } from "./posture-kind";
import type { FindingFields, ReportKind } from "./report-kind";
import type { Check, ReportBody, ReportedScanner, Subject } from "./types";

/** Checks of how workloads, Services, ConfigMaps and the like are configured. */
export const CONFIG_AUDIT = checks("configAudit", {
  resources: { namespaced: "configauditreports", cluster: "clusterconfigauditreports" },
  hasOwners: true,
  event: { category: ["configuration"], dataset: "trivy.config_audit" },
});

/** Checks of what roles allow. */
export const RBAC_ASSESSMENT = checks("rbacAssessment", {
  resources: { namespaced: "rbacassessmentreports", cluster: "clusterrbacassessmentreports" },
  hasOwners: false,
  event: { category: ["iam", "configuration"], dataset: "trivy.rbac_assessment" },
});

/** Checks of the control plane's pods and of the nodes' files. */
export const INFRA_ASSESSMENT = checks("infraAssessment", {
  resources: { namespaced: "infraassessmentreports", cluster: "clusterinfraassessmentreports" },
  hasOwners: false,
  event: { category: ["host", "configuration"], dataset: "trivy.infra_assessment" },
});

function checks(
  scanner: ReportedScanner,
  facts: Pick<ReportKind, "resources" | "hasOwners" | "event">,
): ReportKind {
  return {
    ...posture(scanner),
    ...facts,
    actions: { scanned: "resource-assessed", gone: "resource-gone" },
    where: (subject, _report, { clusterName }) => resourceFields(subject, clusterName),
    *listed(subject, report) {
      for (const [id, failures] of failedChecks(report)) {
        const [{ severity = "UNKNOWN" }] = failures;
        yield {
          id: fingerprint(["finding", subject.id, withoutSpelling(id)]),
          severity,
          fields: () => fieldsOf(subject, severity, failures),
        };
      }
    },
  };
}

type Failures = [Check, ...Check[]];

/** Each check that fails once, with all the places where it does. */
function failedChecks({ checks }: ReportBody): Map<string, Failures> {
  const failed = new Map<string, Failures>();
  for (const check of checks ?? []) {
    if (check.success) continue;
    const before = failed.get(check.checkID);
    if (before) before.push(check);
    else failed.set(check.checkID, [check]);
  }
  return failed;
}

function fieldsOf(subject: Subject, severity: string, failures: Failures): FindingFields {
  const [{ checkID, title, description, category, remediation }] = failures;
  const containers = containersOf(failures);
  return {
    message: `${checkID} (${severity}): ${title ?? ""}: ${nameOf(subject)}`,
    more: {
      rule: {
        id: clip(checkID),
        name: clip(title ?? checkID),
        category: clip(category),
        description: clip(description),
      },
      ...(containers.length > 0 ? { container: { name: containers } } : {}),
    },
    own: { severity: clip(severity), remediation: clip(remediation) },
  };
}

const CHECK_ID = /^(?:AVD-)?([A-Z]+)-?0*(\d+)$/;

/** One check is KSV017, KSV-0017 or AVD-KSV-0017, as versions of Trivy have it (its `aliases` in trivy-checks). */
function withoutSpelling(id: string): string {
  const [, group, number] = CHECK_ID.exec(id) ?? [];
  return number === undefined ? id : `${group}-${number}`;
}

/**
 * How checks name the container that they are about, first of all: "Container 'app' of Deployment 'web' should ...",
 * "Container app in deployment web (namespace: shop) uses ...".
 */
const CONTAINER = /^container ['"]?([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)['"]? (?:of |in \w+ \S+ \()/i;

/**
 * Of a check's messages only the containers are kept: the checks of ConfigMaps put what they find there into them
 * (trivy-checks checks/kubernetes/configMap_with_secrets.rego and configmap_with_sensitive.rego), and that may be a secret.
 */
function containersOf(failures: Failures): string[] {
  const names = failures
    .flatMap(({ messages }) => messages ?? [])
    .flatMap((message) => CONTAINER.exec(message)?.[1] ?? []);
  return [...new Set(names)].sort();
}
