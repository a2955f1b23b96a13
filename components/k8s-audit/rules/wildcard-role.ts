import type { AuditRule } from "../audit-rule";
import { ROLE_KEEPERS } from "../trusted";

/** A role for every verb or every resource. */
export const wildcardRole: AuditRule = {
  name: "wildcard-role",
  severity: 4,
  techniques: ["T1098.006"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: ["roles", "clusterroles"],
    except: ROLE_KEEPERS,
    body: ['"(verbs|resources)":\\[[^\\]]*"\\*"'],
  },
};
