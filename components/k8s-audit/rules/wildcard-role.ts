import { type AuditRule, CONTROL_PLANE } from "../audit-rule";

/** A role for every verb or every resource. */
export const wildcardRole: AuditRule = {
  name: "wildcard-role",
  severity: 4,
  techniques: ["T1098.006"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: ["roles", "clusterroles"],
    notUser: CONTROL_PLANE,
    body: ['"(verbs|resources)":\\["\\*"'],
  },
};
