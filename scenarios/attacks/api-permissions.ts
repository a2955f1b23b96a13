import { requestAlert, requestCount } from "../model/api-expectation";
import { ATTACKER, NAMESPACE } from "../model/names";
import { defineScenario } from "../model/scenario-schema";
import apiOwnRightsQuery from "../queries/api-own-rights.k8s_audit.json";
import apiPermissionSweepQuery from "../queries/api-permission-sweep.k8s_audit.json";

export const apiPermissions = defineScenario({
  id: "api-permissions",
  title: "Someone tries out what he may do",
  stage: "validation",
  techniques: ["T1069"],
  danger: "simulated",
  proves: "The question for all rights at once is seen, and many questions for single ones are counted.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
      body: { spec: { namespace: NAMESPACE } },
      why: "All rights in a namespace.",
    },
    {
      do: "request",
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      body: { spec: { resourceAttributes: { verb: "delete", resource: "nodes" } } },
      times: 20,
      why: "As kubectl auth can-i asks.",
    },
  ],
  expectations: [
    requestAlert("all rights listed", apiOwnRightsQuery, { severity: 2, technique: "T1069" }),
    requestCount("rights asked for one by one", apiPermissionSweepQuery, 20, ATTACKER),
  ],
});
