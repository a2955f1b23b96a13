import { type AuditRule, CONTROL_PLANE } from "../audit-rule";

/** A container with all capabilities or the host's namespaces. */
export const privilegedWorkload: AuditRule = {
  name: "privileged-workload",
  severity: 4,
  techniques: ["T1611", "T1610"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: ["pods", "daemonsets", "deployments", "statefulsets", "replicasets", "jobs", "cronjobs"],
    notUser: CONTROL_PLANE,
    body: ['"privileged":true', '"host(PID|IPC|Network)":true'],
  },
};
