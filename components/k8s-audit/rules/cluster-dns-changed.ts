import { type AuditRule, NO_PERSON } from "../audit-rule";

/** What the cluster's DNS server answers: names of services can be made to lead elsewhere. */
export const clusterDnsChanged: AuditRule = {
  name: "cluster-dns-changed",
  severity: 3,
  techniques: ["T1557"],
  when: {
    verbs: ["create", "update", "patch", "delete"],
    resources: ["configmaps"],
    notUser: NO_PERSON,
    namespace: "^kube-system$",
    object: "^(coredns|kube-dns|node-local-dns)",
  },
};
