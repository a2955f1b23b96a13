import type { Condition } from "../documents/condition";
import { bySeverity, count, type Dashboard, type Panel, terms, unique } from "../documents/panel";
import { byTime } from "./time-split";

/** The reporter closes a finding when it is fixed or its object is gone: what is open is there now. */
const OPEN: Condition = { field: "finding.state", is: "open" };
const SECRET: Condition = { field: "event.dataset", is: "trivy.exposed_secret" };

const ASSESSMENTS = [
  { label: "configuration", dataset: "trivy.config_audit", color: "#5b8def" },
  { label: "roles", dataset: "trivy.rbac_assessment", color: "#8a63d2" },
  { label: "infrastructure", dataset: "trivy.infra_assessment", color: "#3f9b6c" },
  { label: "secrets in images", dataset: "trivy.exposed_secret", color: "#9b1c1c" },
];

const byAssessment = {
  by: "filters",
  label: "Assessment",
  groups: ASSESSMENTS.map(({ dataset, ...group }) => ({
    ...group,
    conditions: [{ field: "event.dataset", is: dataset }],
  })),
} as const;

const CLOSED = [
  { label: "fixed or gone", state: "fixed", color: "#3f9b6c" },
  { label: "below the threshold", state: "below_threshold", color: "#e8a33d" },
  { label: "not assessed any more", state: "not_assessed", color: "#a3adbd" },
].map(({ state, ...group }) => ({ ...group, conditions: [{ field: "finding.state", is: state }] }));

const SPANS = [
  { label: "less than a day ago", atLeast: "now-1d" },
  { label: "1 to 7 days ago", atLeast: "now-7d", below: "now-1d" },
  { label: "7 to 30 days ago", atLeast: "now-30d", below: "now-7d" },
  { label: "30 days ago and more", below: "now-30d" },
];

function panel(title: string, width: number, chart: Panel["chart"], ...further: Condition[]): Panel {
  return { title, width, dataView: "posture", filter: [OPEN, ...further], chart };
}

/** What is configured badly, where, what to do about it; which images have secrets; what was closed. */
export const POSTURE: Dashboard = {
  order: 35,
  id: "security-posture",
  title: "Security: Posture",
  description:
    "Open findings of how the cluster is configured, and secrets in images. Only of the scanners that are switched on; as of the last pass of the reporter.",
  from: "now-24h",
  rows: [
    {
      height: 6,
      panels: [
        panel("Open findings", 12, { kind: "metric", metric: count("findings") }),
        panel(
          "Critical findings",
          12,
          { kind: "metric", metric: count("findings"), color: "#9b1c1c" },
          { field: "event.severity", is: 5 },
        ),
        panel(
          "Failing checks",
          12,
          { kind: "metric", metric: unique("rule.id", "checks") },
          {
            not: SECRET,
          },
        ),
        panel(
          "Secrets in images",
          12,
          { kind: "metric", metric: count("secrets"), color: "#9b1c1c" },
          SECRET,
        ),
      ],
    },
    {
      height: 12,
      panels: [
        panel("By severity", 16, { kind: "donut", by: bySeverity, metric: count("findings") }),
        panel("By assessment", 16, {
          kind: "bars",
          by: byAssessment,
          stack: bySeverity,
          metric: count("findings"),
        }),
        panel("By namespace", 16, {
          kind: "bars",
          by: terms("kubernetes.namespace", "Namespace"),
          stack: bySeverity,
          metric: count("findings"),
        }),
      ],
    },
    {
      height: 14,
      panels: [
        panel(
          "Failing checks, the most severe first",
          28,
          {
            kind: "table",
            rows: [terms("rule.id", "Check", 50), terms("rule.name", "Title", 1)],
            metrics: [
              { operation: "max", field: "event.severity", of: "number", label: "Severity" },
              unique("orchestrator.resource.name", "Objects"),
              unique("kubernetes.namespace", "Namespaces"),
              { operation: "max", field: "finding.firstSeen", of: "time", label: "Last new" },
            ],
          },
          { not: SECRET },
        ),
        panel("Objects with the most findings", 20, {
          kind: "table",
          rows: [
            terms("orchestrator.resource.type", "Kind", 20),
            terms("orchestrator.resource.name", "Object", 20),
          ],
          metrics: [
            count("Findings"),
            { operation: "max", field: "event.severity", of: "number", label: "Severity" },
          ],
        }),
      ],
    },
    {
      height: 10,
      panels: [
        panel(
          "Where secrets are",
          48,
          {
            kind: "table",
            rows: [
              terms("container.image.name", "Image", 20),
              terms("file.path", "File", 10),
              terms("rule.name", "Secret", 5),
            ],
            metrics: [
              { operation: "max", field: "event.severity", of: "number", label: "Severity" },
              unique("orchestrator.resource.name", "Workloads"),
              { operation: "min", field: "finding.firstSeen", of: "time", label: "First seen" },
            ],
          },
          SECRET,
        ),
      ],
    },
    {
      height: 10,
      panels: [
        panel("Open findings by age", 24, {
          kind: "bars",
          by: byTime("Age since first seen", "finding.firstSeen", SPANS),
          stack: bySeverity,
          metric: count("findings"),
        }),
        {
          title: "Closed findings by when",
          width: 24,
          dataView: "posture",
          filter: [{ field: "finding.closedAt", exists: true }],
          chart: {
            kind: "bars",
            by: byTime("Closed", "finding.closedAt", SPANS),
            stack: { by: "filters", label: "State", groups: CLOSED },
            metric: count("findings"),
          },
        },
      ],
    },
  ],
};
