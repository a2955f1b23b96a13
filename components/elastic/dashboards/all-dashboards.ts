import { DETECTIONS } from "./detections";
import { INVENTORY } from "./inventory";
import { OVERVIEW } from "./overview";
import type { Dashboard } from "./panel";
import { PIPELINE_HEALTH } from "./pipeline-health";
import { VULNERABILITIES } from "./vulnerabilities";

/** In the order in which they link to each other. */
export const DASHBOARDS: readonly Dashboard[] = [
  OVERVIEW,
  DETECTIONS,
  VULNERABILITIES,
  INVENTORY,
  PIPELINE_HEALTH,
];
