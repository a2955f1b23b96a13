import { type AuditRule, NO_PERSON } from "../audit-rule";

/** What a snapshot of a volume is made of. Its controller deletes it with the snapshot, which is `backup-deleted`. */
export const snapshotContentDeleted: AuditRule = {
  name: "snapshot-content-deleted",
  severity: 4,
  techniques: ["T1490"],
  when: {
    verbs: ["delete", "deletecollection"],
    resources: ["volumesnapshotcontents"],
    notUser: NO_PERSON,
  },
};
