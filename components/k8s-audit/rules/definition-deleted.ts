import { type AuditRule, NO_PERSON } from "../audit-rule";

/** A definition of a kind, and with it all objects of that kind. */
export const definitionDeleted: AuditRule = {
  name: "definition-deleted",
  severity: 3,
  techniques: ["T1485"],
  when: {
    verbs: ["delete", "deletecollection"],
    resources: ["customresourcedefinitions"],
    notUser: NO_PERSON,
  },
};
