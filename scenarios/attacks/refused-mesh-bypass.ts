import { REFUSED_PREFIX } from "../model/names";
import { goodPod, judgedInNamespace } from "../model/refused-request";
import { defineScenario } from "../model/scenario-schema";
import refusedMeshBypassQuery from "../queries/refused-mesh-bypass.k8s_audit.json";

const NAMESPACE = `${REFUSED_PREFIX}bypass`;
const UNPRIVILEGED = { allowPrivilegeEscalation: false };

export const refusedMeshBypass = defineScenario({
  id: "refused-mesh-bypass",
  title: "A way around the mesh is refused",
  stage: "validation",
  techniques: [],
  danger: "none",
  proves: "A pod can't be made whose label takes it out of a mesh, and its traffic out of encryption.",
  pods: [],
  ...judgedInNamespace(
    NAMESPACE,
    {
      rule: "mesh-bypass",
      method: "POST",
      path: `/api/v1/namespaces/${NAMESPACE}/pods`,
      body: goodPod("ctem-bypass", { "istio.io/dataplane-mode": "none" }, UNPRIVILEGED),
      why: "Apart from the label it violates no rule.",
    },
    refusedMeshBypassQuery,
  ),
});
