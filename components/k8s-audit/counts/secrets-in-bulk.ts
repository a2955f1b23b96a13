import type { AuditCount } from "../audit-rule";

/** Secrets that one user reads. */
export const secretsInBulk: AuditCount = {
  name: "secrets-in-bulk",
  title: "Many secrets read by one user",
  severity: 4,
  techniques: ["T1552.007"],
  tactic: "TA0006",
  type: "event_count",
  selection: {
    "k8s_audit.resource": ["secrets"],
    "event.action": ["get", "list"],
  },
  groupBy: ["user.name"],
  timespanMinutes: 5,
  atLeast: 30,
  fix: "Which secrets, and does the user need them? Rotate what was read by someone else.",
};
