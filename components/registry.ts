import type { Feature } from "./feature";

/** Every feature of the stack: adding a tool is its folder and one line here. */
export const FEATURES: readonly Feature[] = [];
