import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterPlan } from "../../components/cluster/cluster-plan";
import { clusterOf } from "../../components/cluster/stack-cluster";
import { ConfigError } from "../../components/core/config/config-error";
import type { Eks } from "../../components/core/config/eks-schema";
import type { Settings } from "../../components/core/config/parse";
import { plan } from "../../components/core/plan/plan";
import { checkout } from "../dev/cluster/folders";
import { type RunResult, runPulumi } from "../dev/engine/pulumi";
import { say } from "../dev/say";
import { RENDER_DIRECTORY } from "./render";
import { settingsOf } from "./stack-file";

/** The cluster that a stack of the user's makes; undefined where it makes none, or where its config is refused, which Pulumi will tell. */
export function eksOf(configFile: string): Eks | undefined {
  return ofTaken(configFile, ({ envelope }) => envelope.eks);
}

/** Its plan, under the same conditions. */
export function clusterPlanOf(configFile: string): ClusterPlan | undefined {
  return ofTaken(configFile, (settings) => clusterOf(settings, plan(settings)));
}

/** Of the settings of a stack file that is there and is not refused. */
function ofTaken<T>(configFile: string, read: (settings: Settings) => T | undefined): T | undefined {
  if (!existsSync(configFile)) return undefined;
  try {
    return read(settingsOf(configFile));
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/**
 * Has the policies judge what the first preview of a stack with a cluster of its own can't see: as long as there is no cluster,
 * Pulumi doesn't ask a chart for its objects. So a preview in render mode, which needs none, comes before it.
 * @returns its result where it was refused; undefined where all is well, or nothing is unseen
 */
export async function judgeUnseen(
  configFile: string,
  args: readonly string[],
  policies: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<RunResult | undefined> {
  if (policies.length === 0 || !eksOf(configFile)) return undefined;
  const options = { program: "pulumi", cwd: checkout, env };
  const target = targetOf(args, ["--stack", "-s", "--config-file"]);
  const stack = targetOf(args, ["--stack", "-s"]);
  const known = await runPulumi(["stack", "output", "cluster", ...stack], { ...options, quiet: true });
  if (known.code === 0) return undefined;
  say(
    "There is no cluster yet, so a preview can't see what charts make: their objects are rendered and judged first.",
  );
  const folder = mkdtempSync(join(tmpdir(), "security-stack-judge-"));
  try {
    const result = await runPulumi(["preview", ...policies, ...target, "--non-interactive"], {
      ...options,
      env: { ...env, [RENDER_DIRECTORY]: folder },
      quiet: true,
    });
    if (result.code === 0) {
      say("The policies have nothing against them.");
      return undefined;
    }
    console.error(`${result.stdout}${result.stderr}`);
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Those of some options that are among the arguments, `--name value` or `--name=value`. */
function targetOf(args: readonly string[], names: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    if (names.includes(arg)) return [arg, args[index + 1] ?? ""];
    return names.some((name) => arg.startsWith(`${name}=`)) ? [arg] : [];
  });
}
