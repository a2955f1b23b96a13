import { requestAlert } from "../model/api-expectation";
import { named } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiAdmissionQuery from "../queries/api-admission.k8s_audit.json";

const HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

export const apiAdmission = defineScenario({
  id: "api-admission",
  title: "Admission control is taken away",
  stage: "validation",
  techniques: ["T1685"],
  danger: "simulated",
  proves: "Whoever removes what checks requests is seen.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: HOOKS,
      body: { metadata: named("ctem-hook"), webhooks: [] },
      why: "A configuration without a webhook.",
    },
    {
      do: "request",
      method: "DELETE",
      path: `${HOOKS}/ctem-hook`,
      why: "Its own, in the place of a real one.",
    },
  ],
  expectations: [
    requestAlert("a webhook removed", apiAdmissionQuery, {
      severity: 4,
      technique: "T1685",
      object: "ctem-hook",
    }),
  ],
  cleanup: [
    {
      do: "request",
      method: "DELETE",
      path: `${HOOKS}/ctem-hook`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
  ],
});
