import { defineScenario, type Query } from "../model/scenario-schema";
import cronAlert from "../queries/cron-write.falco.json";
import cronMatch from "../queries/cron-write.tetragon.json";

const POD = "escape-box";
const FILE = "/etc/cron.d/ctem";
// A comment, so that no cron daemon would run anything; none is there anyway.
const SCRIPT = `mkdir -p /etc/cron.d && echo "# ctem-test" > ${FILE}`;

export const validateCronPersistence = defineScenario({
  id: "validate-cron-persistence",
  title: "A cron file is written in a container",
  stage: "validation",
  techniques: ["T1053.003"],
  danger: "simulated",
  proves: "What would start again after every restart is seen while it is put in place.",
  pods: [POD],
  steps: [
    {
      do: "exec",
      pod: POD,
      command: ["sh", "-c", SCRIPT],
      why: "Only root may write there, which the restricted test box is not.",
    },
  ],
  cleanup: [{ do: "exec", pod: POD, command: ["rm", "-f", FILE], why: "Nothing stays behind." }],
  expectations: [
    {
      tool: "falco",
      what: "alert: cron file written",
      query: cronAlert as Query,
      fields: { "event.severity": 3, "threat.technique.id": "T1053.003", "threat.tactic.id": "TA0003" },
    },
    {
      tool: "tetragon",
      what: "policy match: cron file written",
      query: cronMatch as Query,
      fields: { "event.severity": 4, "threat.technique.id": "T1053.003" },
    },
  ],
  chains: [
    {
      rule: "two-sensors",
      pod: POD,
      technique: "T1053.003",
      takes: ["falco: Cron file written", "tetragon: cron-persistence"],
    },
  ],
});
