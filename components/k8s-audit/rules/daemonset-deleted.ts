import { type AuditRule, NO_PERSON } from "../audit-rule";

/** An agent taken off all nodes, such as a sensor. */
export const daemonsetDeleted: AuditRule = {
  name: "daemonset-deleted",
  severity: 3,
  techniques: ["T1685"],
  when: {
    verbs: ["delete", "deletecollection"],
    resources: ["daemonsets"],
    notUser: NO_PERSON,
  },
};
