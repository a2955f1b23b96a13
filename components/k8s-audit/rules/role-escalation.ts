import { type AuditRule, CONTROL_PLANE } from "../audit-rule";

/** A role that lets its holder give himself further rights or act as others. */
export const roleEscalation: AuditRule = {
  name: "role-escalation",
  severity: 4,
  techniques: ["T1098.006"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: ["roles", "clusterroles"],
    notUser: CONTROL_PLANE,
    body: ['"(escalate|bind|impersonate)"'],
  },
};
