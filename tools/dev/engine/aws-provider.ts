import { ensureTools, type ToolName } from "../toolchain/ensure";
import { type EngineHome, linkPlugin } from "./home";

const PROVIDER = "pulumi-resource-aws" satisfies ToolName;

/** Puts the toolchain's AWS provider among the engine's plugins, as that of the SDK in the project's package.json. */
export async function linkAwsProvider(engine: EngineHome, directory: string): Promise<void> {
  const tools = await ensureTools([PROVIDER]);
  linkPlugin(engine, PROVIDER, tools[PROVIDER], directory);
}
