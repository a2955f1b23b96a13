import type { Manifest } from "../../components/kubernetes/manifest";
import { serviceAccount } from "../../components/kubernetes/pods";
import { ATTACK_RIGHTS, LEASE_NAMESPACE, LOCK_RIGHTS, LOOKING_RIGHTS } from "../cluster/rights";
import { confinement } from "./confinement";

const RBAC = "rbac.authorization.k8s.io";
const VERSION = `${RBAC}/v1`;

/** The runner's ServiceAccount: what it may do, and an admission policy that says where. */
export function accountManifests(name: string, namespace: string): Manifest[] {
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  const lock = { name, namespace: LEASE_NAMESPACE };
  return [
    serviceAccount({ name, namespace }),
    ...confinement(name, { namespace, name }),
    {
      apiVersion: VERSION,
      kind: "ClusterRole",
      metadata: { name },
      rules: [...ATTACK_RIGHTS, ...LOOKING_RIGHTS],
    },
    {
      apiVersion: VERSION,
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name },
      subjects,
    },
    { apiVersion: VERSION, kind: "Role", metadata: lock, rules: [...LOCK_RIGHTS] },
    {
      apiVersion: VERSION,
      kind: "RoleBinding",
      metadata: lock,
      roleRef: { apiGroup: RBAC, kind: "Role", name },
      subjects,
    },
  ];
}
