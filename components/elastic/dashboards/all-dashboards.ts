import type { RegistryFacts } from "../../core/contract/context";
import { type Dashboard, withPanels } from "../../documents/panel";
import { DETECTIONS } from "./detections";
import { OVERVIEW } from "./overview";
import { pipelineHealth } from "./pipeline-health";
import { ZERO_TRUST } from "./zero-trust";

/** The dashboards about all tools and those of each tool, in the order in which they link to each other. */
export function allDashboards({ dashboards, panels, documents }: RegistryFacts): Dashboard[] {
  const health = pipelineHealth(documents.flatMap(({ losses }) => losses ?? []));
  return [OVERVIEW, DETECTIONS, ZERO_TRUST, ...dashboards, health]
    .sort((a, b) => a.order - b.order)
    .map((dashboard) => withPanels(dashboard, panels));
}
