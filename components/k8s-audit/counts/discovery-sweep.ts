import type { AuditCount } from "../audit-rule";

/** Lists of one user. */
export const discoverySweep: AuditCount = {
  name: "discovery-sweep",
  title: "Many lists of one user",
  severity: 3,
  techniques: ["T1613"],
  tactic: "TA0007",
  type: "event_count",
  selection: {
    "event.action": ["list"],
  },
  groupBy: ["user.name"],
  timespanMinutes: 5,
  atLeast: 60,
  fix: "Which resources were listed, and is the user a controller? If so, add an exception for its name.",
};
