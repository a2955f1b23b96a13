import type { AuditCount } from "../audit-rule";

/** Requests of one user that were refused. */
export const deniedBurst: AuditCount = {
  name: "denied-burst",
  title: "Many refused requests of one user",
  severity: 4,
  techniques: ["T1613"],
  tactic: "TA0007",
  type: "event_count",
  selection: {
    "http.response.status_code": [403],
  },
  groupBy: ["user.name"],
  timespanMinutes: 5,
  atLeast: 20,
  fix: "Does the user's program ask for what it has no right to, or is someone trying what its token can do?",
};
