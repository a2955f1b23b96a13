import {
  bySeverity,
  count,
  type Dashboard,
  LAST_SEEN,
  overTime,
  type Panel,
  terms,
  unique,
} from "../documents/panel";

const REFUSED = { field: "http.response.status_code", is: [401, 403] };
const USER = terms("user.name", "User");

function panel(title: string, width: number, chart: Panel["chart"], filter: Panel["filter"] = []): Panel {
  return { title, width, dataView: "audit", filter, chart };
}

const requests = count("requests");

/** Who did what through the Kubernetes API, from where, and what was refused. */
export const API_ACTIVITY: Dashboard = {
  order: 25,
  id: "security-api-activity",
  title: "Security: API activity",
  description:
    "Requests to the Kubernetes API: who made them, from where, what was refused, what a rule found.",
  from: "now-24h",
  rows: [
    {
      height: 6,
      panels: [
        panel("Requests", 12, { kind: "metric", metric: requests }),
        panel("Users", 12, { kind: "metric", metric: unique("user.name", "users") }),
        panel("Refused", 12, { kind: "metric", metric: count("answers 401 and 403"), color: "#e8a33d" }, [
          REFUSED,
        ]),
        panel("Found by a rule", 12, { kind: "metric", metric: requests, color: "#e0533d" }, [
          { field: "event.kind", is: "alert" },
        ]),
      ],
    },
    {
      height: 12,
      panels: [
        panel("Requests over time, by outcome", 48, {
          kind: "timeline",
          by: overTime(),
          stack: terms("event.outcome", "Outcome"),
          metric: requests,
        }),
      ],
    },
    {
      height: 14,
      panels: [
        panel("By user", 16, { kind: "bars", by: USER, stack: bySeverity, metric: requests }),
        panel("By address", 16, {
          kind: "bars",
          by: terms("source.ip", "Address"),
          stack: bySeverity,
          metric: requests,
        }),
        panel("By resource", 16, {
          kind: "bars",
          by: terms("k8s_audit.resource", "Resource"),
          stack: terms("event.action", "Verb"),
          metric: requests,
        }),
      ],
    },
    {
      height: 14,
      panels: [
        panel(
          "Refused, by user and resource",
          24,
          {
            kind: "table",
            rows: [USER, terms("k8s_audit.resource", "Resource"), terms("source.ip", "Address")],
            metrics: [count("Refused"), LAST_SEEN],
          },
          [REFUSED],
        ),
        panel("Rules that found something", 24, {
          kind: "bars",
          by: terms("k8s_audit.rules", "Rule"),
          stack: bySeverity,
          metric: requests,
        }),
      ],
    },
    {
      height: 16,
      panels: [
        panel("Who did what", 48, {
          kind: "table",
          rows: [
            terms("user.name", "User", 20),
            terms("event.action", "Verb", 10),
            terms("k8s_audit.resource", "Resource", 10),
            terms("kubernetes.namespace", "Namespace", 10),
          ],
          metrics: [
            count("Requests"),
            { operation: "max", field: "event.severity", of: "number", label: "Highest severity" },
            LAST_SEEN,
          ],
        }),
      ],
    },
  ],
};
