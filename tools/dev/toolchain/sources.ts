import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { cp, mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type BuildContext, requireGo } from "./build";
import { removeFolder, requirementsFile } from "./cache";
import { type CommandResult, runCommand } from "./command";
import { fetchModule } from "./go-modules";
import { ToolchainError } from "./toolchain-error";
import type { GoModuleFolder, MavenZip, PythonPackages, PythonWheel, Tool } from "./types";
import { unzip } from "./zip";

/** Takes a folder out of a Go module's zip, checked against the module's hash in the catalog. */
export async function fetchModuleFolder(
  tool: Tool,
  source: GoModuleFolder,
  context: BuildContext,
): Promise<string> {
  const module = { path: source.path, version: source.moduleVersion, sum: source.sum };
  await requireGo(tool, context.settings.env);
  const folder = await fetchModule(tool, module, context);
  const target = join(context.work, tool.name);
  await cp(join(folder, source.folder), target, { recursive: true });
  await runCommand("chmod", ["-R", "u+w", target]);
  return `${source.path}@${source.moduleVersion}`;
}

/** Fetches a zip with Maven, checks its hash and unpacks its top folder. */
export async function fetchMavenZip(tool: Tool, source: MavenZip, context: BuildContext): Promise<string> {
  const { work, log, settings } = context;
  const folder = join(work, "maven");
  await mkdir(folder);
  const args = [
    "-B",
    "-ntp",
    "dependency:copy",
    `-Dartifact=${source.artifact}`,
    `-DoutputDirectory=${folder}`,
  ];
  const result = await runCommand("mvn", args, { cwd: work, env: settings.env, logFile: log });
  if (result.code !== 0) {
    const missing = result.code === -1;
    throw new ToolchainError(
      `${tool.name} ${tool.version} could not be fetched: ${missing ? "mvn was not found" : mavenError(result.stdout)}`,
      missing ? `PATH=${settings.env["PATH"] ?? ""}` : log,
      missing
        ? "install Maven 3 and a JDK >= 17"
        : "read the log, see that Maven reaches its repository, run it again",
    );
  }
  const zip = join(folder, (await readdir(folder))[0] ?? "nothing");
  const fix = "remove it from the local Maven repository and run it again";
  await checkHash(tool, { name: source.artifact, file: zip, sha256: source.sha256, fix });
  const unpacked = join(folder, "unpacked");
  await unzip(zip, unpacked);
  await rename(join(unpacked, (await readdir(unpacked))[0] ?? "nothing"), join(work, tool.name));
  await removeFolder(folder);
  return source.artifact;
}

/** Fetches a wheel with pip, checks its hash and unpacks it. */
export async function fetchPythonWheel(
  tool: Tool,
  source: PythonWheel,
  context: BuildContext,
): Promise<string> {
  const { work, log, settings } = context;
  const folder = join(work, "wheel");
  await mkdir(folder);
  const args = ["-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--dest", folder];
  const result = await runCommand("python3", [...args, source.requirement], {
    cwd: work,
    env: settings.env,
    logFile: log,
  });
  if (result.code !== 0) throw pipError(tool, result, context);
  const wheel = join(folder, (await readdir(folder))[0] ?? "nothing");
  const fix = 'run "pip cache purge" and try again';
  await checkHash(tool, { name: source.requirement, file: wheel, sha256: source.sha256, fix });
  await unzip(wheel, join(work, tool.name));
  await removeFolder(folder);
  return source.requirement;
}

/** Has pip put packages of pinned versions and hashes, and nothing else, into a folder. */
export async function fetchPythonPackages(
  tool: Tool,
  source: PythonPackages,
  context: BuildContext,
): Promise<string> {
  const { work, log, settings } = context;
  const file = requirementsFile(source.requirements);
  const args = [
    "-m",
    "pip",
    "install",
    "--no-deps",
    "--require-hashes",
    "--only-binary",
    ":all:",
    "--no-compile",
  ];
  const result = await runCommand(
    "python3",
    [...args, "--target", join(work, tool.name), "--requirement", file],
    {
      cwd: work,
      env: { ...settings.env, PIP_ROOT_USER_ACTION: "ignore" },
      logFile: log,
    },
  );
  if (result.code !== 0) throw pipError(tool, result, context);
  return source.requirements;
}

function pipError(
  tool: Tool,
  { code, stderr }: CommandResult,
  { log, settings }: BuildContext,
): ToolchainError {
  const missing = code === -1;
  const cause = missing ? "python3 was not found" : (stderr.trim().split("\n").at(-1) ?? "");
  return new ToolchainError(
    `${tool.name} ${tool.version} could not be fetched: ${cause}`,
    missing ? `PATH=${settings.env["PATH"] ?? ""}` : log,
    missing
      ? "install Python 3.10 or later with pip"
      : "see that pip reaches its package index, run it again",
  );
}

interface PinnedFile {
  name: string;
  file: string;
  sha256: string;
  fix: string;
}

async function checkHash(tool: Tool, { name, file, sha256, fix }: PinnedFile): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const found = hash.digest("hex");
  if (found === sha256) return;
  throw new ToolchainError(
    `${tool.name}: ${name} is not the pinned file: sha256 ${found}, pinned ${sha256}`,
    file,
    fix,
  );
}

export function mavenError(output: string): string {
  return (
    output
      .split("\n")
      .find((line) => line.startsWith("[ERROR]"))
      ?.slice(8, 300) ?? "see the log"
  );
}
