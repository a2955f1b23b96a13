import type { AuditRule } from "../audit-rule";

/** Attaching to a container's standard streams. */
export const attach: AuditRule = {
  name: "attach",
  severity: 3,
  techniques: ["T1609"],
  when: {
    resources: ["pods/attach"],
  },
};
