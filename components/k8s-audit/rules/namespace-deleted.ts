import { type AuditRule, NO_PERSON } from "../audit-rule";

/** A namespace with all that is in it. */
export const namespaceDeleted: AuditRule = {
  name: "namespace-deleted",
  severity: 3,
  techniques: ["T1485"],
  when: {
    verbs: ["delete"],
    resources: ["namespaces"],
    notUser: NO_PERSON,
  },
};
