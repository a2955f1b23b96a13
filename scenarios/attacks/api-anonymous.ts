import { requestAlert } from "../model/api-expectation";
import { CORE, named, OWN_RBAC } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiAnonymousQuery from "../queries/api-anonymous.k8s_audit.json";
import apiAnonymousBindingQuery from "../queries/api-anonymous-binding.k8s_audit.json";

const GROUP = "rbac.authorization.k8s.io";
const RULE = { apiGroups: [""], resources: ["configmaps"], resourceNames: ["ctem-public"], verbs: ["get"] };
const BINDING = {
  metadata: named("ctem-anonymous"),
  roleRef: { apiGroup: GROUP, kind: "Role", name: "ctem-public" },
  subjects: [{ apiGroup: GROUP, kind: "User", name: "system:anonymous" }],
};

export const apiAnonymous = defineScenario({
  id: "api-anonymous",
  title: "The API server is opened to everyone, and asked without credentials",
  stage: "validation",
  techniques: ["T1133", "T1078.001", "T1098.006"],
  danger: "simulated",
  proves: "Both halves are seen: the binding that lets everyone in, and the first who comes in.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: `${CORE}/configmaps`,
      body: { metadata: named("ctem-public") },
      why: "What will be read: nothing is in it.",
    },
    {
      do: "request",
      method: "POST",
      path: `${OWN_RBAC}/roles`,
      body: { metadata: named("ctem-public"), rules: [RULE] },
      why: "To read that one object and nothing else.",
    },
    {
      do: "request",
      method: "POST",
      path: `${OWN_RBAC}/rolebindings`,
      body: BINDING,
      why: "Opens that one object to everyone, for a moment.",
    },
    {
      do: "request",
      method: "GET",
      path: `${CORE}/configmaps/ctem-public`,
      as: "nobody",
      retrySeconds: 10,
      why: "Without any credentials.",
    },
  ],
  expectations: [
    requestAlert("everyone is given rights", apiAnonymousBindingQuery, {
      severity: 5,
      technique: "T1133",
      object: "ctem-anonymous",
    }),
    requestAlert("answered without credentials", apiAnonymousQuery, {
      severity: 4,
      technique: "T1078.001",
      object: "ctem-public",
      user: "system:anonymous",
    }),
  ],
  cleanup: [
    {
      do: "request",
      method: "DELETE",
      path: `${OWN_RBAC}/rolebindings/ctem-anonymous`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
  ],
});
