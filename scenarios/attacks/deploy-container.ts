import { defineScenario, type Query } from "../model/scenario-schema";
import implantProcess from "../queries/implant.tetragon.json";

export const deployContainer = defineScenario({
  id: "deploy-container",
  title: "A pod is deployed as an attack",
  stage: "validation",
  techniques: [],
  simulates: ["T1610"],
  danger: "simulated",
  proves: "The program of a pod that nobody planned is seen when it starts.",
  pods: [],
  steps: [
    {
      do: "create",
      pod: "ctem-implant",
      command: ["sh", "-c", "echo ctem-implant; sleep infinity"],
      why: "Restricted like the test box: only that it is there counts.",
    },
  ],

  expectations: [
    {
      tool: "tetragon",
      what: "start of its program",
      query: implantProcess as Query,
      fields: { "event.severity": 2, "container.id": { exists: true } },
    },
  ],
});
