import { readdirSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BuildContext } from "./build";
import { runCommand } from "./command";
import { which } from "./path-lookup";
import type { Settings } from "./settings";
import { ToolchainError } from "./toolchain-error";
import type { Browser, Tool } from "./types";

const DOWNLOAD_MINUTES = 10;
const MINUTE_MS = 60_000;

/**
 * Gets a browser: the build that playwright-core is made for, from its own server, else the system's package, which on
 * Debian root can install.
 * @throws ToolchainError where neither is to be had
 */
export async function fetchBrowser(tool: Tool, source: Browser, context: BuildContext): Promise<string> {
  const program =
    (await downloadBrowser(source, context)) ?? (await installPackage(source, context.settings, context.log));
  if (!program)
    throw new ToolchainError(
      `${tool.name} could not be had: playwright's server was not reached, and no package was installed`,
      context.log,
      `install it (Debian, as root: apt-get install ${source.debianPackage}), or put a ${tool.name} on the PATH`,
    );
  await symlink(program, join(context.work, tool.name));
  return program;
}

/** The program below the work folder, as a path within it: the folder is moved when it is finished. */
async function downloadBrowser(
  { playwright }: Browser,
  { settings, work, log }: BuildContext,
): Promise<string | undefined> {
  if (settings.offline) return undefined;
  const cli = join(dirname(require.resolve("playwright-core/package.json")), "cli.js");
  const env = {
    ...settings.env,
    PLAYWRIGHT_BROWSERS_PATH: work,
    PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: String(settings.connectTimeoutMs),
  };
  const options = { env, logFile: log, timeoutMs: DOWNLOAD_MINUTES * MINUTE_MS };
  const { code } = await runCommand(process.execPath, [cli, "install", playwright], options);
  if (code !== 0) return undefined;
  return readdirSync(work, { recursive: true, encoding: "utf8" }).find((file) =>
    /(^|\/)(chrome-)?headless[-_]shell$/.test(file),
  );
}

/** Installs the system's package where that is ours to do, and says so. */
async function installPackage(
  { debianPackage }: Browser,
  settings: Settings,
  log: string,
): Promise<string | undefined> {
  const folders = (settings.env["PATH"] ?? "").split(":");
  const apt = which("apt-get", folders);
  if (!apt || process.getuid?.() !== 0) return undefined;
  const args = ["install", "-y", "--no-install-recommends", debianPackage];
  settings.report.line(`  apt-get ${args.join(" ")}: playwright's server was not reached`);
  const env = { ...settings.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { env, logFile: log, timeoutMs: DOWNLOAD_MINUTES * MINUTE_MS };
  // Without lists, or with old ones, the first try finds no package.
  if ((await runCommand(apt, args, options)).code !== 0) {
    await runCommand(apt, ["update"], options);
    await runCommand(apt, args, options);
  }
  return which(debianPackage, folders);
}
