import {
  bySeverity,
  type Dashboard,
  LAST_SEEN,
  overTime,
  type Panel,
  terms,
  unique,
} from "../documents/panel";
import { CHAINS, chains } from "./correlation-documents";

function panel(title: string, width: number, chart: Panel["chart"]): Panel {
  return { title, width, dataView: "correlations", filter: CHAINS, chart };
}

const bars = (title: string, width: number, field: string, label: string) =>
  panel(title, width, { kind: "bars", by: terms(field, label), stack: bySeverity, metric: chains });

/** Which attacks the events add up to, how far they have come, and where. */
export const CORRELATIONS: Dashboard = {
  order: 15,
  id: "security-correlations",
  title: "Security: Correlations",
  description: "Chains of events that belong together, by rule, pod and stage of the attack.",
  from: "now-24h",
  rows: [
    {
      height: 6,
      panels: [
        panel("Chains", 12, { kind: "metric", metric: chains }),
        {
          ...panel("Critical chains", 12, { kind: "metric", metric: chains, color: "#9b1c1c" }),
          filter: [...CHAINS, { field: "event.severity", is: 5 }],
        },
        panel("Pods", 12, { kind: "metric", metric: unique("kubernetes.pod.name", "pods") }),
        panel("Rules that matched", 12, { kind: "metric", metric: unique("rule.name", "rules") }),
      ],
    },
    {
      height: 12,
      panels: [
        panel("Chains over time, by severity", 48, {
          kind: "timeline",
          by: overTime(),
          stack: bySeverity,
          metric: chains,
        }),
      ],
    },
    {
      height: 14,
      panels: [
        bars("By stage: tactics of ATT&CK", 16, "threat.tactic.id", "Tactic"),
        bars("By rule", 16, "rule.name", "Rule"),
        bars("By pod", 16, "kubernetes.pod.name", "Pod"),
      ],
    },
    {
      height: 16,
      panels: [
        panel("Chains by rule, and what they were about", 48, {
          kind: "table",
          rows: [
            terms("rule.name", "Rule", 20),
            terms("correlation.key", "What the events have in common", 10),
          ],
          metrics: [
            { operation: "max", field: "event.severity", of: "number", label: "Severity" },
            { operation: "count", label: "Chains" },
            LAST_SEEN,
          ],
        }),
      ],
    },
  ],
};
