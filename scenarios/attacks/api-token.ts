import { requestAlert } from "../model/api-expectation";
import { CORE } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiTokenQuery from "../queries/api-token.k8s_audit.json";

export const apiToken = defineScenario({
  id: "api-token",
  title: "A token of an account is asked for",
  stage: "validation",
  techniques: ["T1528"],
  danger: "simulated",
  proves: "Whoever takes a token of an account is seen with the name of the account.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: `${CORE}/serviceaccounts/default/token`,
      body: { spec: {} },
      why: "Of an account that may do nothing; the token is thrown away.",
    },
  ],
  expectations: [
    requestAlert("a token taken", apiTokenQuery, { severity: 3, technique: "T1528", object: "default" }),
  ],
});
