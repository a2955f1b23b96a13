import {
  bySeverity,
  count,
  type Dashboard,
  LAST_SEEN,
  overTime,
  type Panel,
  terms,
  unique,
} from "../../documents/panel";

/** What a rule or a policy matched; everything else that a sensor saw is not a detection. */
const DETECTED = [{ field: "event.kind", is: "alert" }];

function panel(title: string, width: number, chart: Panel["chart"]): Panel {
  return { title, width, dataView: "events", filter: DETECTED, chart };
}

const bars = (title: string, width: number, field: string, label: string) =>
  panel(title, width, {
    kind: "bars",
    by: terms(field, label),
    stack: bySeverity,
    metric: count("detections"),
  });

/** What was detected, by which rule, in which process. */
export const DETECTIONS: Dashboard = {
  order: 20,
  id: "security-detections",
  title: "Security: Detections",
  description: "Matches of rules and policies by ATT&CK technique, process and place.",
  from: "now-24h",
  rows: [
    {
      height: 6,
      panels: [
        panel("Detections", 16, { kind: "metric", metric: count("detections") }),
        panel("Rules that matched", 16, { kind: "metric", metric: unique("rule.name", "rules") }),
        panel("ATT&CK techniques", 16, {
          kind: "metric",
          metric: unique("threat.technique.id", "techniques"),
        }),
      ],
    },
    {
      height: 12,
      panels: [
        panel("Detections over time, by severity", 48, {
          kind: "timeline",
          by: overTime(),
          stack: bySeverity,
          metric: count("detections"),
        }),
      ],
    },
    {
      height: 15,
      panels: [
        bars("By rule", 16, "rule.name", "Rule"),
        bars("By technique", 16, "threat.technique.id", "Technique"),
        bars("By process", 16, "process.executable", "Process"),
      ],
    },
    {
      height: 16,
      panels: [
        panel("Detections by rule, namespace and pod", 48, {
          kind: "table",
          rows: [
            terms("rule.name", "Rule", 20),
            terms("kubernetes.namespace", "Namespace", 10),
            terms("kubernetes.pod.name", "Pod", 10),
          ],
          metrics: [
            count("Detections"),
            { operation: "max", field: "event.severity", of: "number", label: "Highest severity" },
            LAST_SEEN,
          ],
        }),
      ],
    },
  ],
};
