import { ConfigError } from "../../components/config/errors";
import { plan } from "../../components/plan";
import { detectionsOf } from "../../components/scenarios/detections";
import type { Indices } from "../../scenarios/check/expectation";
import { RunRefused } from "../../scenarios/cluster/errors";
import type { Detections } from "../../scenarios/detections";
import { settingsOf } from "../plan";

/** What a run has to know of the stack that it looks into. */
export interface StackFacts {
  clusterName: string;
  indices: Indices;
  detections: Detections;
}

/** From the stack's config file. @throws RunRefused where there is none, or it is not valid */
export function factsOf(stack: string): StackFacts {
  try {
    const settings = settingsOf(stack);
    const { events, inventory, vulnerabilities } = settings.envelope.output.elasticsearch.indices;
    const planned = plan(settings);
    return {
      clusterName: planned.clusterName,
      indices: { events, inventory, vulnerabilities },
      detections: detectionsOf(planned.features),
    };
  } catch (error) {
    const message = error instanceof ConfigError ? error.message : (error as Error).message;
    throw new RunRefused(message, "Name the stack that was deployed with --stack.");
  }
}
