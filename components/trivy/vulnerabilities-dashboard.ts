import type { Condition } from "../documents/condition";
import { bySeverity, count, type Dashboard, type Panel, terms, unique } from "../documents/panel";

/** The reporter closes a finding when it is fixed or its workload is gone: what is open is there now. */
const OPEN: Condition = { field: "vulnerability.state", is: "open" };
const FIXABLE: Condition = { field: "vulnerability.fixedVersion", exists: true };

function panel(title: string, width: number, chart: Panel["chart"], ...further: Condition[]): Panel {
  return { title, width, dataView: "vulnerabilities", filter: [OPEN, ...further], chart };
}

const age = (label: string, bounds: { atLeast?: string; below?: string }) => ({
  label,
  conditions: [{ field: "vulnerability.firstSeen", ...bounds }],
});

/** What is vulnerable, where, for how long, and what can be done about it. */
export const VULNERABILITIES: Dashboard = {
  order: 30,
  id: "security-vulnerabilities",
  title: "Security: Vulnerabilities",
  description: "Open findings in running workloads, as of the last pass of the reporter.",
  from: "now-24h",
  rows: [
    {
      height: 6,
      panels: [
        panel("Open findings", 12, { kind: "metric", metric: count("findings") }),
        panel(
          "Critical and fixable",
          12,
          { kind: "metric", metric: count("findings"), color: "#9b1c1c" },
          { field: "event.severity", is: 5 },
          FIXABLE,
        ),
        panel("CVEs", 12, { kind: "metric", metric: unique("vulnerability.id", "CVEs") }),
        panel("Images", 12, { kind: "metric", metric: unique("container.image.name", "images") }),
      ],
    },
    {
      height: 12,
      panels: [
        panel("By severity", 16, { kind: "donut", by: bySeverity, metric: count("findings") }),
        panel("Fixable", 16, {
          kind: "donut",
          by: {
            by: "filters",
            label: "Fix",
            groups: [
              { label: "fixed version exists", color: "#3f9b6c", conditions: [FIXABLE] },
              { label: "no fix yet", color: "#a3adbd", conditions: [{ not: FIXABLE }] },
            ],
          },
          metric: count("findings"),
        }),
        panel("Age since first seen", 16, {
          kind: "bars",
          by: {
            by: "filters",
            label: "Age",
            groups: [
              age("less than 7 days", { atLeast: "now-7d" }),
              age("7 to 30 days", { atLeast: "now-30d", below: "now-7d" }),
              age("30 to 90 days", { atLeast: "now-90d", below: "now-30d" }),
              age("90 days and more", { below: "now-90d" }),
            ],
          },
          stack: bySeverity,
          metric: count("findings"),
        }),
      ],
    },
    {
      height: 12,
      panels: [
        panel("By workload", 24, {
          kind: "bars",
          by: terms("workload.name", "Workload"),
          stack: bySeverity,
          metric: count("findings"),
        }),
        panel("By image", 24, {
          kind: "bars",
          by: terms("container.image.name", "Image"),
          stack: bySeverity,
          metric: count("findings"),
        }),
      ],
    },
    {
      height: 14,
      panels: [
        panel(
          "Fixable findings, the worst first",
          48,
          {
            kind: "table",
            rows: [
              terms("vulnerability.id", "CVE", 50),
              terms("vulnerability.resource", "Package", 3),
              terms("vulnerability.fixedVersion", "Fixed in", 3),
            ],
            metrics: [
              { operation: "max", field: "event.severity", of: "number", label: "Severity" },
              unique("workload.name", "Workloads"),
              { operation: "max", field: "vulnerability.firstSeen", of: "time", label: "Last new" },
            ],
          },
          FIXABLE,
        ),
      ],
    },
  ],
};
