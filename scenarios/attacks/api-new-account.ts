import { requestAlert } from "../model/api-expectation";
import { CORE, named } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiCloudIdentityQuery from "../queries/api-cloud-identity.k8s_audit.json";
import apiNewAccountQuery from "../queries/api-new-account.k8s_audit.json";

export const apiNewAccount = defineScenario({
  id: "api-new-account",
  title: "An account is made and tied to an identity of the cloud",
  stage: "validation",
  techniques: ["T1136", "T1078.004", "T1098.001"],
  danger: "simulated",
  proves: "A new account, and what makes it more than an account of this cluster, are seen.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: `${CORE}/serviceaccounts`,
      body: { metadata: named("ctem-backdoor") },
      why: "An account without any right.",
    },
    {
      do: "request",
      method: "PATCH",
      path: `${CORE}/serviceaccounts/ctem-backdoor`,
      body: {
        metadata: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::000000000000:role/ctem" } },
      },
      why: "A role that no cloud has.",
    },
  ],
  expectations: [
    requestAlert("a new account", apiNewAccountQuery, {
      severity: 2,
      technique: "T1136",
      object: "ctem-backdoor",
    }),
    requestAlert("an account tied to the cloud", apiCloudIdentityQuery, {
      severity: 3,
      technique: "T1078.004",
      object: "ctem-backdoor",
    }),
  ],
  cleanup: [
    {
      do: "request",
      method: "DELETE",
      path: `${CORE}/serviceaccounts/ctem-backdoor`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
  ],
});
