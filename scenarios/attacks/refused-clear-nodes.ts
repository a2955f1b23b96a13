import { NEEDS_DATA_PLANE } from "../model/names";
import { defineScenario } from "../model/scenario-schema";

export const refusedClearNodes = defineScenario({
  id: "refused-clear-nodes",
  title: "Traffic of pods in clear between nodes is dropped",
  stage: "validation",
  techniques: [],
  danger: "none",
  proves: "Whoever listens on the network between nodes reads nothing of what pods say to each other.",
  pods: [],
  steps: [],
  refusals: [
    {
      by: "cilium",
      what: "no traffic of pods in clear between nodes",
      notRun: NEEDS_DATA_PLANE,
    },
  ],
  expectations: [],
});
