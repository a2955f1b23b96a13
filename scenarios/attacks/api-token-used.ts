import { requestAlert } from "../model/api-expectation";
import { NAMESPACE } from "../model/names";
import { defineScenario } from "../model/scenario-schema";
import apiTokenUsedQuery from "../queries/api-token-used.k8s_audit.json";

export const apiTokenUsed = defineScenario({
  id: "api-token-used",
  title: "The token of an account is used outside of its pods",
  stage: "validation",
  techniques: ["T1550.001"],
  danger: "simulated",
  proves: "A token that is used by someone other than a pod is told from those that pods have.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
      body: { spec: { namespace: NAMESPACE } },
      as: "token",
      why: "What the stolen token is good for: nothing.",
    },
  ],
  expectations: [
    requestAlert("a token without a pod", apiTokenUsedQuery, {
      severity: 2,
      technique: "T1550.001",
      user: `system:serviceaccount:${NAMESPACE}:ctem`,
    }),
  ],
});
