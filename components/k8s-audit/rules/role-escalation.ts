import type { AuditRule } from "../audit-rule";
import { ROLE_KEEPERS } from "../trusted";

/** A role that lets its holder give himself further rights or act as others. */
export const roleEscalation: AuditRule = {
  name: "role-escalation",
  severity: 4,
  techniques: ["T1098.006"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: ["roles", "clusterroles"],
    except: ROLE_KEEPERS,
    body: ['"(escalate|bind|impersonate)"'],
  },
};
