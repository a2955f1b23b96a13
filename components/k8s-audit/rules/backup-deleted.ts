import type { AuditRule } from "../audit-rule";
import { CLEANERS } from "../trusted";

/** Snapshots of volumes (CSI), and backups of Velero with what makes them. */
export const backupDeleted: AuditRule = {
  name: "backup-deleted",
  severity: 4,
  techniques: ["T1490"],
  when: {
    verbs: ["delete", "deletecollection"],
    resources: ["volumesnapshots", "backups", "schedules", "backupstoragelocations"],
    except: CLEANERS,
  },
};
