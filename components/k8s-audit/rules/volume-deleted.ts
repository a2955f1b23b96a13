import { type AuditRule, NO_PERSON } from "../audit-rule";

/** Volumes with their data. */
export const volumeDeleted: AuditRule = {
  name: "volume-deleted",
  severity: 3,
  techniques: ["T1485"],
  when: {
    verbs: ["delete", "deletecollection"],
    resources: ["persistentvolumes", "persistentvolumeclaims"],
    notUser: NO_PERSON,
  },
};
