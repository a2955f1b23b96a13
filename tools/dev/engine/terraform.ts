import { mkdirSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { toolNamed } from "../toolchain/all-tools";
import { ensureTools, type ToolName } from "../toolchain/ensure";
import { type EngineHome, link } from "./home";

const BRIDGE = "pulumi-resource-terraform-provider" satisfies ToolName;
const PROVIDER = "terraform-provider-elasticstack" satisfies ToolName;

/** What a program that uses @pulumi/elasticstack needs besides the engine: the bridge and the provider behind it. */
export const elasticTools = [BRIDGE, PROVIDER] as const;

/** The registry's name of the provider, without a version. */
const ADDRESS = "registry.opentofu.org/elastic/elasticstack";

/**
 * Puts the bridge among the engine's plugins and the provider into the bridge's cache, where both are looked for before any
 * registry is asked. The cache is $PULUMI_HOME/dynamic_tf_plugins in the layout of a Terraform plugin cache
 * (pulumi-terraform-bridge 3.137.0, dynamic/internal/shim/run/loader.go).
 */
export async function linkElasticProvider(engine: EngineHome): Promise<void> {
  const tools = await ensureTools(elasticTools);
  const bridge = BRIDGE.slice("pulumi-".length);
  place(tools[BRIDGE], join(engine.home, "plugins", `${bridge}-v${toolNamed(BRIDGE).version}`), BRIDGE);
  const cache = join(engine.home, "dynamic_tf_plugins", ADDRESS, toolNamed(PROVIDER).version, goPlatform());
  place(tools[PROVIDER], cache, PROVIDER);
}

function place(program: string, folder: string, name: string): void {
  mkdirSync(folder, { recursive: true });
  link(program, join(folder, name));
}

/** "linux_amd64", as Terraform names platforms. */
function goPlatform(): string {
  return `${platform()}_${arch() === "x64" ? "amd64" : arch()}`;
}
