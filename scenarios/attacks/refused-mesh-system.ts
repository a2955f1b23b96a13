import { judgedRequest } from "../model/refused-request";
import { defineScenario } from "../model/scenario-schema";
import refusedMeshSystemQuery from "../queries/refused-mesh-system.k8s_audit.json";

export const refusedMeshSystem = defineScenario({
  id: "refused-mesh-system",
  title: "The cluster's own pods are kept out of the mesh",
  stage: "validation",
  techniques: [],
  danger: "none",
  proves: "Nobody takes the namespace of DNS and the network into a mesh that waits for both.",
  pods: [],
  ...judgedRequest(
    {
      rule: "mesh-system",
      method: "PATCH",
      path: "/api/v1/namespaces/kube-system",
      body: { metadata: { labels: { "istio.io/dataplane-mode": "ambient" } } },
      why: "The API server says what it would do, and does nothing.",
    },
    refusedMeshSystemQuery,
  ),
});
