import { requestAlert, requestCount } from "../model/api-expectation";
import { CORE } from "../model/api-objects";
import { ATTACKER } from "../model/names";
import { defineScenario } from "../model/scenario-schema";
import apiSecretsListedQuery from "../queries/api-secrets-listed.k8s_audit.json";
import apiSecretsReadQuery from "../queries/api-secrets-read.k8s_audit.json";

export const apiSecrets = defineScenario({
  id: "api-secrets",
  title: "Secrets are listed and read one after the other",
  stage: "validation",
  techniques: ["T1552.007"],
  danger: "simulated",
  proves: "The list of all secrets is seen, and many secrets read one by one are counted.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "GET",
      path: `${CORE}/secrets`,
      why: "A namespace without secrets.",
    },
    {
      do: "request",
      method: "GET",
      path: `${CORE}/secrets/ctem-{i}`,
      times: 30,
      statuses: [404],
      why: "There are no such secrets.",
    },
  ],
  expectations: [
    requestAlert("secrets listed", apiSecretsListedQuery, { severity: 3, technique: "T1552.007" }),
    requestCount("secrets read one by one", apiSecretsReadQuery, 30, ATTACKER),
  ],
});
