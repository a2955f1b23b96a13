import type { PlannedFeature } from "../../components/core/contract/contribution";
import type { Detections } from "../check/detections";

/** What the sensors of a stack find, as their features say it. */
export function detectionsOf(features: readonly PlannedFeature[]): Detections {
  return new Map(
    features.flatMap(({ contribution: { collector, detections } }) =>
      collector ? [[collector.tool, detections] as const] : [],
    ),
  );
}
