import { type AuditRule, NO_PERSON } from "../audit-rule";

/** Which identities of AWS are who in an EKS cluster, where it is still in a ConfigMap. */
export const cloudAccessChanged: AuditRule = {
  name: "cloud-access-changed",
  severity: 4,
  techniques: ["T1098.006", "T1098.001"],
  when: {
    verbs: ["create", "update", "patch", "delete"],
    resources: ["configmaps"],
    notUser: NO_PERSON,
    namespace: "^kube-system$",
    object: "^aws-auth$",
  },
};
