import { elastic } from "./elastic/feature";
import { falco } from "./falco/feature";
import type { Feature } from "./feature";
import { osquery } from "./osquery/feature";
import { otelPipeline } from "./pipeline/feature";
import { scenarios } from "./scenarios/feature";
import { tetragon } from "./tetragon/feature";
import { trivy } from "./trivy/feature";

/** Every feature of the stack: adding a tool is its folder and one line here. */
export const FEATURES: readonly Feature[] = [
  elastic,
  falco,
  osquery,
  otelPipeline,
  scenarios,
  tetragon,
  trivy,
];
