import { requestCount } from "../model/api-expectation";
import { CORE, named, podSpec } from "../model/api-objects";
import { ATTACKER } from "../model/names";
import { defineScenario } from "../model/scenario-schema";
import apiFloodQuery from "../queries/api-flood.k8s_audit.json";

export const apiFlood = defineScenario({
  id: "api-flood",
  title: "The cluster is flooded with pods",
  stage: "validation",
  techniques: ["T1499"],
  danger: "simulated",
  proves: "Pods that one user makes by the dozen are counted, though a quota refuses them.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "POST",
      path: `${CORE}/pods`,
      body: { metadata: named("ctem-flood"), spec: podSpec({ resources: {} }) },
      times: 50,
      statuses: [403],
      why: "Without limits, which the quota of the namespace refuses.",
    },
  ],
  expectations: [requestCount("pods by the dozen", apiFloodQuery, 50, ATTACKER)],
});
