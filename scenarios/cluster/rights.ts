import { ESCAPE_NAMESPACE, NAMESPACE } from "../model/names";

/** Name of the Lease that lets one run at a time, and the namespace that it is in unless another is named. */
export const LEASE = "security-stack-scenarios";
export const LEASE_NAMESPACE = "default";

/** A rule of a Role, as RBAC has it. */
export interface Right {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

/**
 * What a run does with its pods, as rules of a ClusterRole: its namespaces are not there before it, so that a Role in
 * them is no way. Of exec over a WebSocket the API server asks for `get`, and since 1.35 for `create` too
 * (KEP "AuthorizePodWebsocketUpgradeCreatePermission").
 */
export const ATTACK_RIGHTS: readonly Right[] = [
  { apiGroups: [""], resources: ["namespaces"], verbs: ["create"] },
  {
    apiGroups: [""],
    resources: ["namespaces"],
    verbs: ["get", "delete"],
    resourceNames: [NAMESPACE, ESCAPE_NAMESPACE],
  },
  { apiGroups: [""], resources: ["pods"], verbs: ["create", "delete", "get", "list"] },
  { apiGroups: [""], resources: ["pods/exec"], verbs: ["create", "get"] },
  { apiGroups: [""], resources: ["resourcequotas", "serviceaccounts"], verbs: ["create"] },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["create"] },
];

/** What it looks at: whether the sensors are ready and real, and which namespaces have workloads. */
export const LOOKING_RIGHTS: readonly Right[] = [
  { apiGroups: [""], resources: ["nodes"], verbs: ["list"] },
  { apiGroups: ["apps"], resources: ["daemonsets", "deployments", "statefulsets"], verbs: ["list"] },
];

/** In the namespace of the Lease. */
export const LOCK_RIGHTS: readonly Right[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
  {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    verbs: ["delete", "get", "update"],
    resourceNames: [LEASE],
  },
];
