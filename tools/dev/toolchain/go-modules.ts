import { runCommand } from "./command";
import type { Settings } from "./settings";
import { ToolchainError } from "./toolchain-error";
import type { Tool } from "./types";

/** A module as the module proxy has it. */
export interface PinnedModule {
  path: string;
  version: string;
  /** Its h1 hash. */
  sum: string;
}

/**
 * The folder of a module in Go's cache, fetched where it is missing and checked against the pinned hash: one that the public
 * checksum database doesn't know serves too.
 */
export async function fetchModule(
  tool: Pick<Tool, "name">,
  { path, version, sum }: PinnedModule,
  { work, log, settings }: { work: string; log: string; settings: Pick<Settings, "env"> },
): Promise<string> {
  const module = `${path}@${version}`;
  const env = { ...settings.env, GOFLAGS: "", GOWORK: "off", GONOSUMDB: path };
  const result = await runCommand("go", ["mod", "download", "-json", module], {
    cwd: work,
    env,
    logFile: log,
  });
  const answer = parse(result.stdout);
  if (result.code !== 0 || !answer.Dir) {
    const cause = answer.Error ?? result.stderr.trim();
    throw new ToolchainError(
      `${tool.name}: the module ${module} could not be fetched: ${cause}`,
      log,
      'let this machine reach its Go module proxy ("go env GOPROXY")',
    );
  }
  if (answer.Sum !== sum)
    throw new ToolchainError(
      `${tool.name}: the module ${module} is not the pinned one: hash ${answer.Sum}, pinned ${sum}`,
      answer.Dir,
      'run "go clean -modcache" and try again; if it stays so, the version was changed after its release',
    );
  return answer.Dir;
}

function parse(json: string): { Dir?: string; Sum?: string; Error?: string } {
  try {
    return JSON.parse(json) as { Dir?: string; Sum?: string; Error?: string };
  } catch {
    return {};
  }
}
