import { NEEDS_DATA_PLANE } from "../model/names";
import { defineScenario } from "../model/scenario-schema";

export const refusedEgress = defineScenario({
  id: "refused-egress",
  title: "A connection to a host that nobody listed is refused",
  stage: "validation",
  techniques: [],
  danger: "none",
  proves: "Pods of the mesh leave the cluster by its proxy alone, and by that to hosts that are listed.",
  pods: [],
  steps: [],
  refusals: [
    {
      by: "istio",
      what: "way out to an unknown host closed",
      notRun: NEEDS_DATA_PLANE,
    },
  ],
  expectations: [],
});
