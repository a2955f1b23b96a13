import type { AuditRule } from "../audit-rule";
import { CLEANERS } from "../trusted";

/** Kubernetes' own record of what happened. */
export const eventsDeleted: AuditRule = {
  name: "events-deleted",
  severity: 4,
  techniques: ["T1070"],
  when: {
    verbs: ["delete", "deletecollection"],
    resources: ["events"],
    except: CLEANERS,
  },
};
