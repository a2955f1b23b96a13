import type { AuditRule } from "../audit-rule";

/** All rights in the cluster for someone. */
export const clusterAdminBinding: AuditRule = {
  name: "cluster-admin-binding",
  severity: 5,
  techniques: ["T1098.006"],
  when: {
    // It makes the default bindings at its first start.
    notUser: "^system:apiserver$",
    verbs: ["create", "update", "patch"],
    resources: ["rolebindings", "clusterrolebindings"],
    body: ['"roleRef":\\{[^}]*"name":"cluster-admin"'],
  },
};
