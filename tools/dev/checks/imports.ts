import * as path from "node:path";

/** Folders whose imports are checked. */
const FOLDERS = ["components", "scenarios", "policy-pack", "tools", "test", "index.ts"];

/**
 * What the floors of `.dependency-cruiser.cjs` forbid, a line each: upward imports and cycles.
 * @param root Of the checkout.
 */
export async function importProblems(root: string): Promise<string[]> {
  const { cruise } = await import("dependency-cruiser");
  const { default: extractTSConfig } = await import("dependency-cruiser/config-utl/extract-ts-config");
  const config = require(path.join(root, ".dependency-cruiser.cjs"));
  const { output } = await cruise(
    FOLDERS,
    { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true, baseDir: root },
    undefined,
    { tsConfig: extractTSConfig(path.join(root, "tsconfig.json")) },
  );
  if (typeof output === "string") throw new Error(`dependency-cruiser answered with text: ${output}`);
  return output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}
