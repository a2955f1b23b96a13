import type { AuditCount } from "../audit-rule";

/** Requests through the API server to ports where nothing answers, by one user. */
export const proxyScan: AuditCount = {
  name: "proxy-scan",
  title: "Many failed connections of one user through the API server",
  severity: 4,
  techniques: ["T1046"],
  tactic: "TA0007",
  type: "event_count",
  selection: {
    "k8s_audit.resource": ["pods/proxy", "services/proxy", "nodes/proxy"],
    "event.outcome": ["failure"],
  },
  groupBy: ["user.name"],
  timespanMinutes: 5,
  atLeast: 20,
  fix: "Someone looks for open ports with the API server as the one who connects, past the network policies.",
};
