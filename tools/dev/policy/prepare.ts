import { compilePolicyPack, PACK_FOLDER } from "./compile";
import { environmentFile, environmentOf, readEnvironment } from "./environment";

/** What the Pulumi CLI is given: `--policy-pack <path> --policy-pack-config <configFile>`. */
export interface PreparedPack {
  path: string;
  configFile: string;
}

/**
 * Makes the policy pack ready for a preview or an update of a stack: compiled, and with the levels and waivers of
 * the stack's environment checked.
 * @param stack Its name tells the environment: dev, stage or prod, with or without a suffix; else prod.
 * @throws Fault when the environment's file is wrong.
 */
export async function preparePolicyPack(stack: string): Promise<PreparedPack> {
  const configFile = environmentFile(environmentOf(stack));
  readEnvironment(configFile);
  await compilePolicyPack();
  return { path: PACK_FOLDER, configFile };
}

/** The arguments of the Pulumi CLI. */
export function policyArguments({ path, configFile }: PreparedPack): string[] {
  return ["--policy-pack", path, "--policy-pack-config", configFile];
}
