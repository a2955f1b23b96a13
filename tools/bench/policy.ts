import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { RENDER_DIRECTORY } from "../cli/render";
import { LocalStack } from "../dev/engine/local-stack";
import { policyArguments, preparePolicyPack } from "../dev/policy/prepare";
import { compareWarm, devFeatures, devStackWith, kubernetesObjects, runOperation } from "./warm-previews";

const RUNS = 5;
const BOUND = 1.4;

/** The policy pack's share of a warm preview of the full stack: with and without it in turn, in render mode. */
export async function benchPolicy(): Promise<boolean> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-bench-"));
  const features = devFeatures();
  const stack = new LocalStack({
    engine: `bench-policy-${process.pid}`,
    configFile: devStackWith(features, folder),
    env: { [RENDER_DIRECTORY]: path.join(folder, "rendered"), HOME: folder },
  });
  const pack = policyArguments(await preparePolicyPack("dev"));
  const side = (title: string, args: readonly string[]) => ({
    title,
    preview: () => runOperation(stack, "preview", args),
  });
  try {
    await runOperation(stack, "up");
    const objects = (await kubernetesObjects(stack)).length;
    const sides = [side("with the policy pack", pack), side("without it", [])] as const;
    return await compareWarm(sides, { objects, runs: RUNS, bound: BOUND });
  } finally {
    fs.rmSync(stack.home.folder, { recursive: true, force: true });
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
