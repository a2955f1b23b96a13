import type { AuditRule } from "../audit-rule";

/** A request in another's name. */
export const impersonation: AuditRule = {
  name: "impersonation",
  severity: 3,
  techniques: ["T1078"],
  when: {
    impersonates: true,
  },
};
