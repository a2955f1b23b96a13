import { ConfigError } from "../../../components/core/config/config-error";
import { plan } from "../../../components/core/plan/plan";
import type { Detections } from "../../../scenarios/check/detections";
import type { Indices } from "../../../scenarios/check/expectation";
import { RunRefused } from "../../../scenarios/cluster/runner-errors";
import { allowedRegistry, detectionsOf } from "../../../scenarios/feature/planned-detections";
import { settingsOf } from "../plan";

/** What a run has to know of the stack that it looks into. */
export interface StackFacts {
  clusterName: string;
  indices: Indices;
  detections: Detections;
  /** One from which its rules take images; undefined where they take any. */
  registry?: string;
}

/** From the stack's config file. @throws RunRefused where there is none, or it is not valid */
export function factsOf(stack: string): StackFacts {
  try {
    const settings = settingsOf(stack);
    const { events, inventory, audit, vulnerabilities, correlations } =
      settings.envelope.output.elasticsearch.indices;
    const planned = plan(settings);
    return {
      clusterName: planned.clusterName,
      indices: { events, inventory, audit, vulnerabilities, correlations },
      detections: detectionsOf(planned.features),
      registry: allowedRegistry(planned.features),
    };
  } catch (error) {
    const message = error instanceof ConfigError ? error.message : (error as Error).message;
    throw new RunRefused(message, "Name the stack that was deployed with --stack.");
  }
}
