import type { AuditRule } from "../audit-rule";
import { ROLE_KEEPERS } from "../trusted";

/** Of the roles that a cluster begins with, those from which all others can be had. */
const ROLES = "cluster-admin|system:(kube-controller-manager|kube-scheduler|node|controller:[a-z-]+)";

/** All rights in the cluster for someone, or those to get them. */
export const clusterAdminBinding: AuditRule = {
  name: "cluster-admin-binding",
  severity: 5,
  techniques: ["T1098.006"],
  when: {
    except: ROLE_KEEPERS,
    verbs: ["create", "update", "patch"],
    resources: ["rolebindings", "clusterrolebindings"],
    body: [`"roleRef":\\{[^}]*"name":"(${ROLES})"`],
  },
};
