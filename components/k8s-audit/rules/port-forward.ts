import type { AuditRule } from "../audit-rule";

/** A tunnel to a pod's port past the cluster's network policies. */
export const portForward: AuditRule = {
  name: "port-forward",
  severity: 3,
  techniques: ["T1572"],
  when: {
    resources: ["pods/portforward"],
  },
};
