import type { Condition } from "../documents/condition";
import { bySeverity, count, type Dashboard, type Panel, type Split, terms, unique } from "../documents/panel";

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

/** Kibana has no time range for documents that are a state. */
function byTime(label: string, field: string): Split {
  const group = (name: string, bounds: { atLeast?: string; below?: string }) => ({
    label: name,
    conditions: [{ field, ...bounds }],
  });
  return {
    by: "filters",
    label,
    groups: [
      group("less than a day ago", { atLeast: "now-1d" }),
      group("1 to 7 days ago", { atLeast: "now-7d", below: "now-1d" }),
      group("7 to 30 days ago", { atLeast: "now-30d", below: "now-7d" }),
      group("30 days ago and more", { below: "now-30d" }),
    ],
  };
}

function panel(title: string, width: number, chart: Panel["chart"], ...filter: Condition[]): Panel {
  return { title, width, dataView: "posture", filter, chart };
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
        panel("Open findings", 12, { kind: "metric", metric: count("findings") }, OPEN),
        panel(
          "Critical findings",
          12,
          { kind: "metric", metric: count("findings"), color: "#9b1c1c" },
          OPEN,
          { field: "event.severity", is: 5 },
        ),
        panel("Failing checks", 12, { kind: "metric", metric: unique("rule.id", "checks") }, OPEN, {
          not: SECRET,
        }),
        panel(
          "Secrets in images",
          12,
          { kind: "metric", metric: count("secrets"), color: "#9b1c1c" },
          OPEN,
          SECRET,
        ),
      ],
    },
    {
      height: 12,
      panels: [
        panel("By severity", 16, { kind: "donut", by: bySeverity, metric: count("findings") }, OPEN),
        panel(
          "By assessment",
          16,
          { kind: "bars", by: byAssessment, stack: bySeverity, metric: count("findings") },
          OPEN,
        ),
        panel(
          "By namespace",
          16,
          {
            kind: "bars",
            by: terms("kubernetes.namespace", "Namespace"),
            stack: bySeverity,
            metric: count("findings"),
          },
          OPEN,
        ),
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
          OPEN,
          { not: SECRET },
        ),
        panel(
          "Objects with the most findings",
          20,
          {
            kind: "table",
            rows: [
              terms("orchestrator.resource.type", "Kind", 20),
              terms("orchestrator.resource.name", "Object", 20),
            ],
            metrics: [
              count("Findings"),
              { operation: "max", field: "event.severity", of: "number", label: "Severity" },
            ],
          },
          OPEN,
        ),
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
          OPEN,
          SECRET,
        ),
      ],
    },
    {
      height: 10,
      panels: [
        panel(
          "Open findings by age",
          24,
          {
            kind: "bars",
            by: byTime("Age since first seen", "finding.firstSeen"),
            stack: bySeverity,
            metric: count("findings"),
          },
          OPEN,
        ),
        panel(
          "Closed findings by when",
          24,
          {
            kind: "bars",
            by: byTime("Closed", "finding.closedAt"),
            stack: { by: "filters", label: "State", groups: CLOSED },
            metric: count("findings"),
          },
          { field: "finding.closedAt", exists: true },
        ),
      ],
    },
  ],
};
