import { requestAlert } from "../model/api-expectation";
import { CORE } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiAuditIdQuery from "../queries/api-audit-id.k8s_audit.json";
import apiEventsDeletedQuery from "../queries/api-events-deleted.k8s_audit.json";

export const apiCoverTracks = defineScenario({
  id: "api-cover-tracks",
  title: "Tracks are covered",
  stage: "validation",
  techniques: ["T1070"],
  danger: "simulated",
  proves: "The deletion of Kubernetes' events is seen, and a request that wants to pass as an earlier one.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "DELETE",
      path: `${CORE}/events`,
      why: "Of the own namespace.",
    },
    {
      do: "request",
      method: "GET",
      path: `${CORE}/configmaps`,
      auditId: "ctem-chosen",
      why: "An Audit-ID that the client chose.",
    },
  ],
  expectations: [
    requestAlert("events deleted", apiEventsDeletedQuery, { severity: 4, technique: "T1070" }),
    requestAlert("an Audit-ID of choice", apiAuditIdQuery, { severity: 3, technique: "T1070" }),
  ],
});
