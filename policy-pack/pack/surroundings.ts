import type { Surroundings } from "./adapter";

/** Says whose levels the pack was started with and why; set by the commands that choose them. */
export const LEVELS_VARIABLE = "SECURITY_STACK_POLICY_LEVELS";

/** What the process of the pack gets from the Pulumi engine. */
export const engineSurroundings: Surroundings = {
  today: () => new Date().toISOString().slice(0, 10),
  levels: () => process.env[LEVELS_VARIABLE],
  // Set by the engine for every Node.js pack (pulumi/pulumi sdk/go/common/resource/plugin/analyzer_plugin.go,
  // constructEnv). Secrets are in it in clear: read the one key that is needed, print none.
  stackConfig: () => {
    const text = process.env["PULUMI_CONFIG"];
    return text ? (JSON.parse(text) as Record<string, string>) : undefined;
  },
};
