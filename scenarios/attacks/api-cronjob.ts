import { requestAlert } from "../model/api-expectation";
import { BATCH, named, podSpec } from "../model/api-objects";
import { defineScenario } from "../model/scenario-schema";
import apiCronjobQuery from "../queries/api-cronjob.k8s_audit.json";

const POD = { template: { spec: podSpec({}, { restartPolicy: "Never" }) } };
const CRONJOB = {
  metadata: named("ctem-again"),
  spec: { schedule: "0 0 1 1 *", suspend: true, jobTemplate: { spec: POD } },
};

export const apiCronjob = defineScenario({
  id: "api-cronjob",
  title: "A job is left that comes back",
  stage: "validation",
  techniques: ["T1053.007"],
  danger: "simulated",
  proves: "A CronJob that a person makes is seen.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: `${BATCH}/cronjobs`,
      body: CRONJOB,
      why: "Suspended, and due once a year.",
    },
  ],
  expectations: [
    requestAlert("a CronJob", apiCronjobQuery, { severity: 3, technique: "T1053.007", object: "ctem-again" }),
  ],
  cleanup: [
    {
      do: "request",
      method: "DELETE",
      path: `${BATCH}/cronjobs/ctem-again`,
      statuses: [200, 202, 404],
      why: "What the attack made.",
    },
  ],
});
