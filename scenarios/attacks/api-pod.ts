import { requestAlert } from "../model/api-expectation";
import { APPS, CORE, emptyDeployment, named, podSpec } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiMinerQuery from "../queries/api-miner.k8s_audit.json";
import apiPodQuery from "../queries/api-pod.k8s_audit.json";
import apiThrowawayQuery from "../queries/api-throwaway.k8s_audit.json";

export const apiPod = defineScenario({
  id: "api-pod",
  title: "Pods are made by hand, with images from nowhere",
  stage: "validation",
  techniques: ["T1610", "T1496.001", "T1204.003"],
  danger: "simulated",
  proves:
    "A pod that no controller asked for is seen, and images that mine or come from a registry without a name.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: `${CORE}/pods`,
      body: { metadata: named("ctem-api-pod"), spec: podSpec() },
      why: "No node takes it.",
    },
    {
      do: "request",
      method: "POST",
      path: `${APPS}/deployments`,
      body: emptyDeployment("ctem-miner", podSpec({ image: "registry.invalid/xmrig:1" })),
      why: "Without a pod.",
    },
    {
      do: "request",
      method: "POST",
      path: `${APPS}/deployments`,
      body: emptyDeployment("ctem-throwaway", podSpec({ image: "192.0.2.1:5000/ctem:1" })),
      why: "Without a pod; the address is one for documents (RFC 5737).",
    },
  ],
  expectations: [
    requestAlert("a pod by hand", apiPodQuery, { severity: 2, technique: "T1610", object: "ctem-api-pod" }),
    requestAlert("an image that mines", apiMinerQuery, {
      severity: 4,
      technique: "T1496.001",
      object: "ctem-miner",
    }),
    requestAlert("an image from a registry without a name", apiThrowawayQuery, {
      severity: 3,
      technique: "T1204.003",
      object: "ctem-throwaway",
    }),
  ],
  cleanup: [
    {
      do: "request",
      method: "DELETE",
      path: `${CORE}/pods/ctem-api-pod`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
    {
      do: "request",
      method: "DELETE",
      path: `${APPS}/deployments/ctem-miner`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
    {
      do: "request",
      method: "DELETE",
      path: `${APPS}/deployments/ctem-throwaway`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
  ],
});
