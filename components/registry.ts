import type { Feature } from "./feature";
import { osquery } from "./osquery/feature";

/** Every feature of the stack: adding a tool is its folder and one line here. */
export const FEATURES: readonly Feature[] = [osquery];
