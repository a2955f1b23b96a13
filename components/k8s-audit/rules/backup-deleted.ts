import { type AuditRule, CONTROL_PLANE } from "../audit-rule";

/** Snapshots of volumes. */
export const backupDeleted: AuditRule = {
  name: "backup-deleted",
  severity: 4,
  techniques: ["T1490"],
  when: {
    verbs: ["delete", "deletecollection"],
    resources: ["volumesnapshots", "volumesnapshotcontents"],
    notUser: CONTROL_PLANE,
  },
};
