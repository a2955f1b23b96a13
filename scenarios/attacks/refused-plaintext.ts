import { NEEDS_DATA_PLANE } from "../model/names";
import { defineScenario } from "../model/scenario-schema";

export const refusedPlaintext = defineScenario({
  id: "refused-plaintext",
  title: "A connection in clear to a STRICT namespace is refused",
  stage: "validation",
  techniques: [],
  danger: "none",
  proves: "Pods of the mesh that are STRICT answer nobody who does not say who he is.",
  pods: [],
  steps: [],
  refusals: [
    {
      by: "istio",
      what: "connection in clear refused",
      notRun: NEEDS_DATA_PLANE,
    },
  ],
  expectations: [],
});
