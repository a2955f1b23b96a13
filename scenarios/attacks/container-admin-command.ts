import { defineScenario, type Query } from "../model/scenario-schema";
import adminAlert from "../queries/admin-command.falco.json";
import adminProcess from "../queries/admin-command.tetragon.json";

export const containerAdminCommand = defineScenario({
  id: "container-admin-command",
  title: "A command is run in a container from outside",
  stage: "validation",
  techniques: ["T1609"],
  simulates: [],
  danger: "simulated",
  proves:
    "What comes in through the API server as exec is seen in the container, without a terminal as well.",
  pods: ["attacker"],
  steps: [
    {
      do: "exec",
      pod: "attacker",
      command: ["sh", "-c", "echo ctem-admin; id"],
      why: "As kubectl exec without -t does it.",
    },
  ],

  expectations: [
    {
      tool: "falco",
      what: "alert: shell from outside",
      query: adminAlert as Query,
      fields: { "threat.technique.id": "T1609", "event.severity": 2 },
    },
    {
      tool: "tetragon",
      what: "start of the shell",
      query: adminProcess as Query,
      fields: { "event.severity": 2, "container.id": { exists: true } },
    },
  ],
});
