import type { BoundFeature, Feature } from "../contract/feature";

/** A feature with its config, all defaults filled in. */
export interface ConfiguredFeature {
  feature: Feature;
  enabled: boolean;
  /** The feature with its config; none where it is off and nothing configures it. */
  bound: BoundFeature | undefined;
  /** Where in the stack config its own config is. */
  path: readonly (string | number)[];
}
