import type { Condition } from "../documents/condition";
import { bySeverity, count, type Dashboard, type Panel, terms, unique } from "../documents/panel";
import { byTime } from "./time-split";

/** The reporter closes a finding when it is fixed or its workload is gone: what is open is there now. */
const OPEN: Condition = { field: "vulnerability.state", is: "open" };
const FIXABLE: Condition = { field: "vulnerability.fixedVersion", exists: true };

function panel(title: string, width: number, chart: Panel["chart"], ...further: Condition[]): Panel {
  return { title, width, dataView: "vulnerabilities", filter: [OPEN, ...further], chart };
}

const PRIORITIES = [
  { level: 5, label: "5 now: exploited and in use", color: "#9b1c1c" },
  { level: 4, label: "4 next: exploitation is likely", color: "#e0533d" },
  { level: 3, label: "3 soon", color: "#e8a33d" },
  { level: 2, label: "2 planned", color: "#5b8def" },
  { level: 1, label: "1 when the image is used again", color: "#a3adbd" },
];

const AGES = [
  { label: "less than 7 days", atLeast: "now-7d" },
  { label: "7 to 30 days", atLeast: "now-30d", below: "now-7d" },
  { label: "30 to 90 days", atLeast: "now-90d", below: "now-30d" },
  { label: "90 days and more", below: "now-90d" },
];

/** What is vulnerable, where, for how long, and what can be done about it. */
export const VULNERABILITIES: Dashboard = {
  order: 30,
  id: "security-vulnerabilities",
  title: "Security: Vulnerabilities",
  description:
    "Open findings by priority: what is exploited and in use first. As of the last pass of the reporter.",
  from: "now-24h",
  rows: [
    {
      height: 12,
      panels: [
        panel("By priority", 24, {
          kind: "bars",
          by: {
            by: "filters",
            label: "Priority",
            groups: PRIORITIES.map(({ level, ...group }) => ({
              ...group,
              conditions: [{ field: "vulnerability.priority", is: level }],
            })),
          },
          metric: count("findings"),
        }),
        panel("Exploitation", 24, {
          kind: "bars",
          by: {
            by: "filters",
            label: "Exploitation",
            groups: [
              {
                label: "known to be exploited (KEV)",
                conditions: [{ field: "vulnerability.kev", is: true }],
              },
              { label: "not in KEV", conditions: [{ field: "vulnerability.kev", is: false }] },
              {
                label: "not known: no list was read",
                conditions: [{ not: { field: "vulnerability.kev", exists: true } }],
              },
            ],
          },
          metric: count("findings"),
        }),
      ],
    },
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
          by: byTime("Age", "vulnerability.firstSeen", AGES),
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
          "Fixable findings, the most urgent first",
          48,
          {
            kind: "table",
            rows: [
              terms("vulnerability.id", "CVE", 50),
              terms("vulnerability.resource", "Package", 3),
              terms("vulnerability.fixedVersion", "Fixed in", 3),
            ],
            metrics: [
              { operation: "max", field: "vulnerability.priority", of: "number", label: "Priority" },
              { operation: "max", field: "vulnerability.epss", of: "number", label: "EPSS" },
              { operation: "max", field: "event.severity", of: "number", label: "Severity" },
              unique("workload.name", "Workloads"),
              { operation: "max", field: "vulnerability.firstSeen", of: "time", label: "Last new" },
            ],
          },
          FIXABLE,
        ),
      ],
    },
    {
      height: 6,
      panels: [
        {
          title: "Lists of what is exploited: how old they are, and what is wrong with them",
          width: 48,
          dataView: "vulnerabilities",
          filter: [{ field: "trivy.feed.name", exists: true }],
          chart: {
            kind: "table",
            rows: [terms("trivy.feed.name", "List", 5), terms("event.action", "State", 3)],
            metrics: [
              { operation: "max", field: "trivy.feed.released", of: "time", label: "Released" },
              { operation: "max", field: "trivy.feed.read", of: "time", label: "Read" },
              { operation: "max", field: "trivy.feed.entries", of: "number", label: "Entries" },
            ],
          },
        },
      ],
    },
  ],
};
