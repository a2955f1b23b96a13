import { type AuditRule, CONTROL_PLANE } from "../audit-rule";

/** A pod with a folder of its node. */
export const hostPathWorkload: AuditRule = {
  name: "host-path-workload",
  severity: 4,
  techniques: ["T1611", "T1610"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: ["pods", "daemonsets", "deployments", "statefulsets", "replicasets", "jobs", "cronjobs"],
    notUser: CONTROL_PLANE,
    body: ['"hostPath":\\{'],
  },
};
