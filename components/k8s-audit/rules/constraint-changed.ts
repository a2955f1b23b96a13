import { type AuditRule, NO_PERSON } from "../audit-rule";

/**
 * A rule about objects is changed or taken away: of the kinds that policy engines make of templates, whatever their names
 * are, in the group `constraints.*`, and the templates. What it is now is in no audit event.
 */
export const constraintChanged: AuditRule = {
  name: "constraint-changed",
  severity: 3,
  techniques: ["T1685"],
  when: {
    verbs: ["update", "patch", "delete", "deletecollection"],
    uri: "^/apis/(constraints\\.[a-z0-9.-]+/|[a-z0-9./-]+/constrainttemplates([/?]|$))",
    notUser: NO_PERSON,
    changes: true,
  },
};
