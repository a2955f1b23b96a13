import { requestCount } from "../model/api-expectation";
import { CORE } from "../model/api-objects";
import { ATTACKER } from "../model/names";
import { defineScenario } from "../model/scenario-schema";
import apiProxyScanQuery from "../queries/api-proxy-scan.k8s_audit.json";

export const apiProxyScan = defineScenario({
  id: "api-proxy-scan",
  title: "Ports are looked for through the API server",
  stage: "validation",
  techniques: ["T1046"],
  danger: "simulated",
  proves: "A scan that has the API server connect for it is counted.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "GET",
      path: `${CORE}/services/ctem-none:80{i}/proxy/`,
      times: 20,
      statuses: [404, 503],
      why: "A Service that is not there.",
    },
  ],
  expectations: [requestCount("ports tried", apiProxyScanQuery, 20, ATTACKER)],
});
