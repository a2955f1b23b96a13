import type { AuditRule } from "../audit-rule";
import { ROLE_KEEPERS } from "../trusted";

/** All rights in the cluster for someone. */
export const clusterAdminBinding: AuditRule = {
  name: "cluster-admin-binding",
  severity: 5,
  techniques: ["T1098.006"],
  when: {
    except: ROLE_KEEPERS,
    verbs: ["create", "update", "patch"],
    resources: ["rolebindings", "clusterrolebindings"],
    body: ['"roleRef":\\{[^}]*"name":"cluster-admin"'],
  },
};
