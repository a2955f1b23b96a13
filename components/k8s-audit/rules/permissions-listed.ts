import type { AuditRule } from "../audit-rule";

/** Someone asks what he may do. */
export const permissionsListed: AuditRule = {
  name: "permissions-listed",
  severity: 2,
  techniques: ["T1069"],
  when: {
    verbs: ["create"],
    resources: ["selfsubjectrulesreviews"],
  },
};
