import { requestAlert } from "../model/api-expectation";
import { APPS, emptyDeployment, podSpec } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiMasqueradeQuery from "../queries/api-masquerade.k8s_audit.json";

export const apiMasquerade = defineScenario({
  id: "api-masquerade",
  title: "A workload has the name of one of Kubernetes' own",
  stage: "validation",
  techniques: ["T1036.005"],
  danger: "simulated",
  proves: "A name that is to look harmless is seen by where it is.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: `${APPS}/deployments`,
      body: emptyDeployment("kube-proxy-ctem", podSpec()),
      why: "Without a pod.",
    },
  ],
  expectations: [
    requestAlert("a name of Kubernetes' own", apiMasqueradeQuery, {
      severity: 3,
      technique: "T1036.005",
      object: "kube-proxy-ctem",
    }),
  ],
  cleanup: [
    {
      do: "request",
      method: "DELETE",
      path: `${APPS}/deployments/kube-proxy-ctem`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
  ],
});
