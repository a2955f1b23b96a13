import { type AuditRule, NO_PERSON, WORKLOADS } from "../audit-rule";

/** A workload outside of kube-system with the name of one of Kubernetes' own. */
export const systemName: AuditRule = {
  name: "system-name",
  severity: 3,
  techniques: ["T1036.005"],
  when: {
    creates: true,
    resources: WORKLOADS,
    notNamespace: "^(kube-system|kube-node-lease|kube-public)$",
    notUser: NO_PERSON,
    object:
      "^(kube-(proxy|apiserver|controller-manager|scheduler|dns|flannel)|etcd|coredns|aws-node|kindnet|metrics-server|konnectivity-agent|cloud-controller-manager)(-|$)",
  },
};
