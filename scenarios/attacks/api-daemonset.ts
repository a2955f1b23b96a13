import { requestAlert } from "../model/api-expectation";
import { APPS, named, podSpec, template } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiDaemonsetQuery from "../queries/api-daemonset.k8s_audit.json";
import apiDaemonsetDeletedQuery from "../queries/api-daemonset-deleted.k8s_audit.json";

const NAME = "ctem-everywhere";
const DAEMONSET = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: named(NAME),
  spec: { selector: { matchLabels: { ctem: NAME } }, template: template(NAME, podSpec()) },
};

export const apiDaemonset = defineScenario({
  id: "api-daemonset",
  title: "An agent is put on every node, and one is taken away",
  stage: "validation",
  techniques: ["T1543.005", "T1685"],
  danger: "simulated",
  proves:
    "A DaemonSet that a person makes is seen, and one that a person deletes, as it would be with a sensor.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "PATCH",
      path: `${APPS}/daemonsets/ctem-everywhere?fieldManager=ctem`,
      body: JSON.stringify(DAEMONSET),
      contentType: "application/apply-patch+yaml",
      why: "No node takes it.",
    },
    {
      do: "request",
      method: "DELETE",
      path: `${APPS}/daemonsets/ctem-everywhere`,
      why: "Its own, in the place of a sensor.",
    },
  ],
  expectations: [
    requestAlert("a DaemonSet", apiDaemonsetQuery, {
      severity: 3,
      technique: "T1543.005",
      object: "ctem-everywhere",
    }),
    requestAlert("an agent taken away", apiDaemonsetDeletedQuery, {
      severity: 3,
      technique: "T1685",
      object: "ctem-everywhere",
    }),
  ],
  cleanup: [
    {
      do: "request",
      method: "DELETE",
      path: `${APPS}/daemonsets/ctem-everywhere`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
  ],
});
