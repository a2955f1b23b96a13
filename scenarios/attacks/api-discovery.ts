import { requestAlert, requestCount } from "../model/api-expectation";
import { CORE } from "../model/api-objects";
import { ATTACKER } from "../model/names";
import { defineScenario } from "../model/scenario-schema";
import apiListsQuery from "../queries/api-lists.k8s_audit.json";
import apiNodeProxyQuery from "../queries/api-node-proxy.k8s_audit.json";
import apiRefusedQuery from "../queries/api-refused.k8s_audit.json";

export const apiDiscovery = defineScenario({
  id: "api-discovery",
  title: "The cluster is looked through",
  stage: "validation",
  techniques: ["T1613"],
  danger: "simulated",
  proves: "Looking around is seen by how much is asked for, and by what is refused.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "GET",
      path: `${CORE}/pods`,
      times: 60,
      why: "As fast as a tool asks.",
    },
    {
      do: "request",
      method: "GET",
      path: `${CORE}/services`,
      as: "impersonated",
      times: 20,
      statuses: [403],
      why: "Whoever tries a stolen name is refused.",
    },
    {
      do: "request",
      method: "GET",
      path: "/api/v1/nodes/ctem-node/proxy/pods",
      statuses: [404],
      why: "A kubelet that is not there.",
    },
  ],
  expectations: [
    requestCount("lists", apiListsQuery, 60, ATTACKER),
    requestCount("refusals", apiRefusedQuery, 20, ATTACKER),
    requestAlert("a kubelet's API", apiNodeProxyQuery, {
      severity: 4,
      technique: "T1613",
      object: "ctem-node",
    }),
  ],
  chains: [{ rule: "audit-discovery-sweep", user: ATTACKER, takes: ["k8s_audit"] }],
});
