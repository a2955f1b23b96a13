import type { PlannedFeature } from "../../components/core/contract/contribution";
import type { Detections } from "../check/detections";

/** What the sensors of a stack find, and what correlation makes of it, as their features say it, and by which rules its admission refuses. */
export function detectionsOf(features: readonly PlannedFeature[]): Detections {
  const sensors = features.flatMap(({ name, contribution: { collector, detections } }) =>
    collector || detections ? [[collector?.tool ?? name, detections] as const] : [],
  );
  const refuses = features.flatMap(({ contribution }) => contribution.refuses ?? []);
  const admission = refuses.length > 0 ? [["admission", refuses.flatMap(({ rules }) => rules)] as const] : [];
  return new Map([...sensors, ...admission]);
}

/** A registry whose images the stack's admission takes; undefined where it takes any. */
export function allowedRegistry(features: readonly PlannedFeature[]): string | undefined {
  return features.flatMap(({ contribution }) => contribution.refuses?.registry ?? [])[0];
}
