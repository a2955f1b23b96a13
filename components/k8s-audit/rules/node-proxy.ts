import type { AuditRule } from "../audit-rule";

/** A kubelet's API reached through the API server, past admission. */
export const nodeProxy: AuditRule = {
  name: "node-proxy",
  severity: 4,
  techniques: ["T1609", "T1613"],
  when: {
    resources: ["nodes/proxy"],
  },
};
