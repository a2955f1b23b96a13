import type { DenyPolicy } from "../core/contract/contribution";

/**
 * Cuts a pod off: what is denied is denied, whatever other policies allow (Cilium docs, "Deny Policies"). Nothing goes out.
 * Nothing comes in but from the pod's own node: the kubelet would find its probes failing, and restart containers whose
 * processes are the evidence. So not the entities `all`, `cluster`, `host`, or `kube-apiserver`, which a node may be too.
 */
export const DENY_POLICY: DenyPolicy = {
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  plural: "ciliumnetworkpolicies",
  selector: "endpointSelector",
  spec: {
    ingressDeny: [
      { fromEntities: ["world", "remote-node", "ingress", "init", "unmanaged", "health"] },
      // Of all namespaces; an empty selector is of the policy's own.
      {
        fromEndpoints: [
          { matchExpressions: [{ key: "k8s:io.kubernetes.pod.namespace", operator: "Exists" }] },
        ],
      },
    ],
    egressDeny: [{ toEntities: ["all"] }],
  },
};
