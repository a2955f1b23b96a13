import { requestAlert } from "../model/api-expectation";
import { CORE } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiImpersonationQuery from "../queries/api-impersonation.k8s_audit.json";

export const apiImpersonation = defineScenario({
  id: "api-impersonation",
  title: "A user acts in the name of another",
  stage: "validation",
  techniques: ["T1078"],
  danger: "simulated",
  proves: "A request in the name of another is seen with the name of who really made it.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "GET",
      path: `${CORE}/pods`,
      as: "impersonated",
      statuses: [200, 403],
      why: "What the other one may see; that nobody has this name does not matter.",
    },
  ],
  expectations: [
    requestAlert("a request in another's name", apiImpersonationQuery, { severity: 3, technique: "T1078" }),
  ],
});
