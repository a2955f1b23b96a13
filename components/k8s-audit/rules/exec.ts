import type { AuditRule } from "../audit-rule";

/** Commands in a container by the API. */
export const exec: AuditRule = {
  name: "exec",
  severity: 3,
  techniques: ["T1609"],
  when: {
    resources: ["pods/exec"],
  },
};
