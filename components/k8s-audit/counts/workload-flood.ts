import type { AuditCount } from "../audit-rule";

/** Pods that one user makes by hand, or tries to. */
export const workloadFlood: AuditCount = {
  name: "workload-flood",
  title: "Many pods made by one user",
  severity: 4,
  techniques: ["T1499"],
  tactic: "TA0040",
  type: "event_count",
  selection: {
    "k8s_audit.rules": ["pod-by-person"],
  },
  groupBy: ["user.name"],
  timespanMinutes: 5,
  atLeast: 50,
  fix: "Is it a test of load? Else set quotas in the namespace and take the user its rights.",
};
