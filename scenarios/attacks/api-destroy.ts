import { requestAlert } from "../model/api-expectation";
import { CORE, named } from "../model/api-objects";
import { DOOMED_NAMESPACE } from "../model/names";
import { defineScenario } from "../model/scenario-schema";
import apiNamespaceDeletedQuery from "../queries/api-namespace-deleted.k8s_audit.json";
import apiVolumesDeletedQuery from "../queries/api-volumes-deleted.k8s_audit.json";

export const apiDestroy = defineScenario({
  id: "api-destroy",
  title: "Data is destroyed",
  stage: "validation",
  techniques: ["T1485"],
  danger: "simulated",
  proves: "Volumes that are deleted, and a namespace with all that is in it, are seen.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "DELETE",
      path: `${CORE}/persistentvolumeclaims`,
      why: "There are none.",
    },
    {
      do: "request",
      method: "POST",
      path: "/api/v1/namespaces",
      body: { metadata: named(DOOMED_NAMESPACE) },
      retrySeconds: 30,
      why: "To be deleted; one of a run before may still be going.",
    },
    {
      do: "request",
      method: "DELETE",
      path: `/api/v1/namespaces/${DOOMED_NAMESPACE}`,
      why: "Nothing is in it.",
    },
  ],
  expectations: [
    requestAlert("volumes deleted", apiVolumesDeletedQuery, { severity: 3, technique: "T1485" }),
    requestAlert("a namespace deleted", apiNamespaceDeletedQuery, {
      severity: 3,
      technique: "T1485",
      object: "ctem-doomed",
    }),
  ],
  cleanup: [
    {
      do: "request",
      method: "DELETE",
      path: `/api/v1/namespaces/${DOOMED_NAMESPACE}`,
      statuses: [200, 202, 404, 409],
      why: "What the attack made.",
    },
  ],
});
