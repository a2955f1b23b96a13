import { type AuditRule, CONTROL_PLANE } from "../audit-rule";

/** Kubernetes' own record of what happened. */
export const eventsDeleted: AuditRule = {
  name: "events-deleted",
  severity: 4,
  techniques: ["T1070"],
  when: {
    verbs: ["delete", "deletecollection"],
    resources: ["events"],
    notUser: CONTROL_PLANE,
  },
};
