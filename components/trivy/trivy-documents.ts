import type { Alert } from "../documents/alerts";
import type { Condition } from "../documents/condition";
import type { ToolDocuments } from "../documents/documents";
import {
  BOOLEAN,
  DATE,
  DOUBLE,
  type FieldMap,
  FLATTENED,
  FLOAT,
  INTEGER,
  KEYWORD,
  object,
  TEXT,
} from "../documents/fields";
import type { ContributedPanel } from "../documents/panel";
import { count } from "../documents/panel";
import { HIGHEST_SEVERITY } from "../documents/severities";
import type { Indices } from "../documents/store";
import { FEED_DATASET } from "./exploitation/feed";
import { trivyOcsf } from "./trivy-ocsf";
import { TRIVY_SEVERITIES } from "./trivy-severities";

/** The reporter closes what is in no running workload. */
const EXPLOITABLE: readonly Condition[] = [
  { field: "vulnerability.state", is: "open" },
  { field: "event.severity", is: HIGHEST_SEVERITY },
  { field: "vulnerability.fixedVersion", exists: true },
];

/** Priority of what is exploited, or likely to be (exploitation/priority.ts). */
const LIKELY_EXPLOITED = 4;

/** What the reporter notes of the reports that it read. */
const REPORT: FieldMap = {
  scanner: KEYWORD,
  state: KEYWORD,
  sources: KEYWORD,
  images: KEYWORD,
  settings: KEYWORD,
  misses: INTEGER,
  missingSince: DATE,
  scannerVersion: KEYWORD,
  findings: FLATTENED,
};

/** Findings that are no vulnerabilities: failed checks, and secrets in images. ECS but for `finding` and `trivy`. */
const POSTURE: FieldMap = {
  rule: object({ id: KEYWORD, name: KEYWORD, category: KEYWORD, description: TEXT }),
  file: object({ path: KEYWORD }),
  orchestrator: object({
    type: KEYWORD,
    namespace: KEYWORD,
    resource: object({ name: KEYWORD, type: KEYWORD }),
  }),
  finding: object({
    severity: KEYWORD,
    remediation: TEXT,
    report_id: KEYWORD,
    state: KEYWORD,
    firstSeen: DATE,
    closedAt: DATE,
    closedReason: KEYWORD,
  }),
  trivy: object({ report: object(REPORT) }),
};

/** The findings that the reporter writes: its documents come by no collector. */
export const trivyDocuments: ToolDocuments = {
  tool: "trivy",
  index: "vulnerabilities",
  severities: TRIVY_SEVERITIES,
  fields: {
    vulnerability: object({
      id: KEYWORD,
      severity: KEYWORD,
      score: FLOAT,
      title: TEXT,
      resource: KEYWORD,
      installedVersion: KEYWORD,
      fixedVersion: KEYWORD,
      packagePath: KEYWORD,
      target: KEYWORD,
      packageURL: KEYWORD,
      reference: KEYWORD,
      report_id: KEYWORD,
      published: DATE,
      state: KEYWORD,
      firstSeen: DATE,
      closedAt: DATE,
      closedReason: KEYWORD,
      kev: BOOLEAN,
      epss: DOUBLE,
      inUse: BOOLEAN,
      priority: INTEGER,
    }),
    workload: object({ name: KEYWORD, kind: KEYWORD }),
    trivy: object({
      report: object({
        ...REPORT,
        rated: object({ kev: KEYWORD, epss: KEYWORD, inUse: BOOLEAN, rules: KEYWORD }),
      }),
      feed: object({
        name: KEYWORD,
        version: KEYWORD,
        released: DATE,
        read: DATE,
        entries: INTEGER,
        fault: KEYWORD,
      }),
    }),
  },
  further: [{ index: "posture", fields: POSTURE }],
  ocsf: trivyOcsf,
  states: {
    "exploitable-vulnerability": {
      conditions: EXPLOITABLE,
      evidence: "vulnerability.id",
      worse: [{ field: "vulnerability.priority", atLeast: LIKELY_EXPLOITED }],
    },
  },
  alerts: (indices) => [
    fixableVulnerability(indices),
    faultyLists(indices),
    exposedSecret(indices),
    powerfulRole(indices),
  ],
};

function fixableVulnerability({ vulnerabilities }: Indices): Alert {
  return {
    id: "security-fixable-vulnerability",
    name: "New critical vulnerability with a fix in a running workload",
    severity: HIGHEST_SEVERITY,
    fix: "Rebuild the image with the fixed version: see the dashboard Vulnerabilities.",
    when: {
      ...{ kind: "matching", index: vulnerabilities, minutes: 60, atLeast: 1 },
      filter: EXPLOITABLE,
      timeField: "vulnerability.firstSeen",
      groupBy: ["kubernetes.namespace", "workload.name"],
    },
  };
}

/** The reporter notes what is wrong with a list whenever it asks for it. */
function faultyLists({ vulnerabilities }: Indices): Alert {
  return {
    id: "security-exploitation-lists",
    name: "A list of exploited vulnerabilities is missing, damaged or too old",
    severity: 3,
    fix: "See trivy.feed.fault: set another address or ConfigMap in `exploitation`. Priorities go by the last list that was read.",
    when: {
      ...{ kind: "matching", index: vulnerabilities, minutes: 60, atLeast: 1 },
      filter: [
        { field: "event.dataset", is: FEED_DATASET },
        { field: "trivy.feed.fault", exists: true },
      ],
      timeField: "@timestamp",
      groupBy: ["trivy.feed.name"],
    },
  };
}

function exposedSecret({ posture }: Indices): Alert {
  return {
    id: "security-exposed-secret",
    name: "New secret in the image of a running workload",
    severity: HIGHEST_SEVERITY,
    fix: "Revoke the secret, then rebuild the image without it: whoever can pull the image has it. See the dashboard Posture for the file.",
    when: newest(posture, "trivy.exposed_secret", ["kubernetes.namespace", "orchestrator.resource.name"]),
  };
}

/**
 * Roles that Kubernetes makes itself and that have a critical finding, as trivy-operator v0.34.0 reports them of 1.35
 * (kubernetes.io, "Default roles and role bindings").
 */
const DEFAULT_ROLES = [
  ...["cluster-admin", "admin", "edit", "system:aggregate-to-admin", "system:aggregate-to-edit"],
  ...["system:kube-controller-manager", "system:node"],
  ...[
    ...["generic-garbage-collector", "horizontal-pod-autoscaler", "legacy-service-account-token-cleaner"],
    ...["namespace-controller", "resourcequota-controller"],
  ].map((name) => `system:controller:${name}`),
];

function powerfulRole({ posture }: Indices): Alert {
  return {
    id: "security-powerful-role",
    name: "New role with rights that lead to the whole cluster",
    severity: 4,
    fix: "Take the rights that nobody needs out of the role: see the dashboard Posture.",
    when: newest(
      posture,
      "trivy.rbac_assessment",
      ["orchestrator.resource.type", "orchestrator.resource.name"],
      { not: { field: "orchestrator.resource.name", is: DEFAULT_ROLES } },
    ),
  };
}

/** Critical findings of one assessment, first seen within the hour. */
function newest(
  index: string,
  dataset: string,
  groupBy: string[],
  ...further: readonly Condition[]
): Alert["when"] {
  return {
    ...{ kind: "matching", index, minutes: 60, atLeast: 1 },
    filter: [
      { field: "finding.state", is: "open" },
      { field: "event.dataset", is: dataset },
      { field: "event.severity", is: HIGHEST_SEVERITY },
      ...further,
    ],
    timeField: "finding.firstSeen",
    groupBy,
  };
}

/** In the overview of all tools. */
export const trivyPanels: readonly ContributedPanel[] = [
  {
    dashboard: "security-overview",
    slot: "figures",
    order: 25,
    panel: {
      title: "Open critical vulnerabilities",
      width: 12,
      dataView: "vulnerabilities",
      filter: [
        { field: "vulnerability.state", is: "open" },
        { field: "event.severity", is: 5 },
      ],
      chart: { kind: "metric", metric: count("findings"), color: "#9b1c1c" },
    },
  },
];
