import { type AuditRule, NO_PERSON } from "../audit-rule";

/** A container on every node. */
export const daemonsetByPerson: AuditRule = {
  name: "daemonset-by-person",
  severity: 3,
  techniques: ["T1543.005"],
  when: {
    creates: true,
    resources: ["daemonsets"],
    notUser: NO_PERSON,
  },
};
