import { type AuditRule, NO_PERSON } from "../audit-rule";

/** A pod that no controller asked for. */
export const podByPerson: AuditRule = {
  name: "pod-by-person",
  severity: 2,
  techniques: ["T1610"],
  when: {
    creates: true,
    resources: ["pods"],
    notUser: NO_PERSON,
  },
};
