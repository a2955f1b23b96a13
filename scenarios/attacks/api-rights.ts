import { requestAlert } from "../model/api-expectation";
import { named, OWN_RBAC, RBAC, role } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiAdminBindingQuery from "../queries/api-admin-binding.k8s_audit.json";
import apiEscalatingRoleQuery from "../queries/api-escalating-role.k8s_audit.json";
import apiRightsByYamlQuery from "../queries/api-rights-by-yaml.k8s_audit.json";
import apiWildcardRoleQuery from "../queries/api-wildcard-role.k8s_audit.json";

const GROUP = "rbac.authorization.k8s.io";
const binding = (name: string) => ({
  metadata: named(name),
  roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ kind: "ServiceAccount", name: "ctem-nobody", namespace: "ctem-nowhere" }],
});
const YAML = `apiVersion: ${GROUP}/v1
kind: RoleBinding
metadata:
  name: ctem-yaml
roleRef:
  apiGroup: ${GROUP}
  kind: ClusterRole
  name: view
`;

export const apiRights = defineScenario({
  id: "api-rights",
  title: "Roles are made and given that lead to all rights",
  stage: "validation",
  techniques: ["T1098.006"],
  danger: "simulated",
  proves:
    "Each way to more rights is seen: wildcards, escalation, cluster-admin, and a patch in YAML, of which the API server itself loses the end.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: `${RBAC}/clusterroles`,
      body: role("ctem-everything", ["*"]),
      why: "Held by nobody.",
    },
    {
      do: "request",
      method: "POST",
      path: `${RBAC}/clusterroles`,
      body: role("ctem-escalation", ["escalate", "bind", "impersonate"], ["serviceaccounts"]),
      why: "Held by nobody.",
    },
    {
      do: "request",
      method: "POST",
      path: `${OWN_RBAC}/rolebindings`,
      body: binding("ctem-admin"),
      why: "In a namespace without anything of value, for an account that is not there.",
    },
    {
      do: "request",
      method: "PATCH",
      path: `${OWN_RBAC}/rolebindings/ctem-yaml?fieldManager=ctem`,
      body: YAML,
      contentType: "application/apply-patch+yaml",
      why: "YAML is what hides the content.",
    },
  ],
  expectations: [
    requestAlert("a role for everything", apiWildcardRoleQuery, {
      severity: 4,
      technique: "T1098.006",
      object: "ctem-everything",
    }),
    requestAlert("a role that escalates", apiEscalatingRoleQuery, {
      severity: 4,
      technique: "T1098.006",
      object: "ctem-escalation",
    }),
    requestAlert("cluster-admin given", apiAdminBindingQuery, {
      severity: 5,
      technique: "T1098.006",
      object: "ctem-admin",
    }),
    requestAlert("rights changed in YAML", apiRightsByYamlQuery, {
      severity: 2,
      technique: "T1098.006",
      object: "ctem-yaml",
    }),
  ],
  cleanup: [
    {
      do: "request",
      method: "DELETE",
      path: `${RBAC}/clusterroles/ctem-everything`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
    {
      do: "request",
      method: "DELETE",
      path: `${RBAC}/clusterroles/ctem-escalation`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
    {
      do: "request",
      method: "DELETE",
      path: `${OWN_RBAC}/rolebindings/ctem-admin`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
    {
      do: "request",
      method: "DELETE",
      path: `${OWN_RBAC}/rolebindings/ctem-yaml`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
  ],
});
