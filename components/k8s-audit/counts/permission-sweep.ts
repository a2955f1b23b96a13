import type { AuditCount } from "../audit-rule";

/** Questions of one user about its own rights, as `kubectl auth can-i` asks them. */
export const permissionSweep: AuditCount = {
  name: "permission-sweep",
  title: "Many questions of one user about its rights",
  severity: 3,
  techniques: ["T1069"],
  tactic: "TA0007",
  type: "event_count",
  selection: {
    "k8s_audit.resource": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
  },
  groupBy: ["user.name"],
  timespanMinutes: 5,
  atLeast: 20,
  fix: "People rarely ask; a program with a stolen token does.",
};
