import { bySeverity, count, type Dashboard, overTime, terms, unique } from "../../documents/panel";

const HIGH = { field: "event.severity", atLeast: 4 };

/** What is going on, for a look once a day. */
export const OVERVIEW: Dashboard = {
  order: 10,
  id: "security-overview",
  title: "Security: Overview",
  description: "Events of all sensors, how bad they are and where they happen.",
  from: "now-24h",
  rows: [
    {
      slot: "figures",
      height: 6,
      panels: [
        {
          title: "Events",
          width: 12,
          dataView: "events",
          filter: [],
          chart: { kind: "metric", metric: count("events") },
        },
        {
          title: "High and critical events",
          width: 12,
          dataView: "events",
          filter: [HIGH],
          chart: { kind: "metric", metric: count("events of severity 4 and 5"), color: "#e0533d" },
        },
        {
          title: "Nodes that report",
          width: 12,
          dataView: "arrivals",
          filter: [],
          chart: { kind: "metric", metric: unique("host.name", "nodes") },
        },
      ],
    },
    {
      height: 14,
      panels: [
        {
          title: "Documents over time, by tool",
          width: 32,
          dataView: "arrivals",
          filter: [],
          chart: {
            kind: "timeline",
            by: overTime(),
            stack: terms("labels.security_tool", "Tool"),
            metric: count("documents"),
          },
        },
        {
          title: "Events by severity",
          width: 16,
          dataView: "events",
          filter: [],
          chart: { kind: "donut", by: bySeverity, metric: count("events") },
        },
      ],
    },
    {
      height: 12,
      panels: [
        {
          title: "Top namespaces",
          width: 24,
          dataView: "events",
          filter: [],
          chart: {
            kind: "bars",
            by: terms("kubernetes.namespace", "Namespace"),
            stack: bySeverity,
            metric: count("events"),
          },
        },
        {
          title: "Top pods",
          width: 24,
          dataView: "events",
          filter: [],
          chart: {
            kind: "bars",
            by: terms("kubernetes.pod.name", "Pod"),
            stack: bySeverity,
            metric: count("events"),
          },
        },
      ],
    },
  ],
};
