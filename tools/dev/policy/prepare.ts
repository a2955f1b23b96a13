import { LEVELS_VARIABLE } from "../../../policy-pack/pack/surroundings";
import { compilePolicyPack, PACK_FOLDER } from "./compile";
import { appliedLevels, environmentFile, readEnvironment } from "./environment";

/** What the Pulumi CLI is given: `--policy-pack <path> --policy-pack-config <configFile>`, and a variable. */
export interface PreparedPack {
  path: string;
  configFile: string;
  /** Whose levels hold and why, for messages: `prod: the stack's name ...`. */
  levels: string;
}

/**
 * Makes the policy pack ready for a preview or an update of a stack: compiled, and with the levels and waivers of
 * the stack's environment checked.
 * @param stack Its name tells the environment: dev, stage or prod, with or without a suffix; else prod.
 * @param said `global.policyLevel` of its config, which wins over the name.
 * @throws Fault when the environment's file is wrong, or there is no such environment.
 */
export async function preparePolicyPack(stack: string, said?: unknown): Promise<PreparedPack> {
  const { environment, why } = appliedLevels(stack, said);
  const configFile = environmentFile(environment);
  readEnvironment(configFile);
  await compilePolicyPack();
  return { path: PACK_FOLDER, configFile, levels: `${environment}: ${why}` };
}

/** The arguments of the Pulumi CLI. */
export function policyArguments({ path, configFile }: PreparedPack): string[] {
  return ["--policy-pack", path, "--policy-pack-config", configFile];
}

/** The environment of the Pulumi CLI, which it hands on to the pack. */
export function policyEnvironment({ levels }: PreparedPack): NodeJS.ProcessEnv {
  return { [LEVELS_VARIABLE]: levels };
}
