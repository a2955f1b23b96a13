import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { cp, mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type BuildContext, requireGo } from "./build";
import { removeFolder } from "./cache";
import { runCommand } from "./command";
import { ToolchainError } from "./toolchain-error";
import type { GoModuleFolder, MavenZip, PythonWheel, Tool } from "./types";
import { unzip } from "./zip";

/** Takes a folder out of a Go module's zip, checked against the module's hash in the catalog. */
export async function fetchModuleFolder(
  tool: Tool,
  source: GoModuleFolder,
  context: BuildContext,
): Promise<string> {
  const { work, log, settings } = context;
  const module = `${source.path}@${source.moduleVersion}`;
  // The hash is checked here, so a module that the public checksum database doesn't know serves too.
  const env = { ...settings.env, GOFLAGS: "", GOWORK: "off", GONOSUMDB: source.path };
  await requireGo(tool, env);
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
  if (answer.Sum !== source.sum) {
    throw new ToolchainError(
      `${tool.name}: the module ${module} is not the pinned one: hash ${answer.Sum}, pinned ${source.sum}`,
      answer.Dir,
      'run "go clean -modcache" and try again; if it stays so, the version was changed after its release',
    );
  }
  const target = join(work, tool.name);
  await cp(join(answer.Dir, source.folder), target, { recursive: true });
  await runCommand("chmod", ["-R", "u+w", target]);
  return module;
}

function parse(json: string): { Dir?: string; Sum?: string; Error?: string } {
  try {
    return JSON.parse(json) as { Dir?: string; Sum?: string; Error?: string };
  } catch {
    return {};
  }
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
  if (result.code !== 0) {
    const missing = result.code === -1;
    throw new ToolchainError(
      `${tool.name} ${tool.version} could not be fetched: ${missing ? "python3 was not found" : (result.stderr.trim().split("\n").at(-1) ?? "")}`,
      missing ? `PATH=${settings.env["PATH"] ?? ""}` : log,
      missing
        ? "install Python 3.10 or later with pip"
        : "see that pip reaches its package index, run it again",
    );
  }
  const wheel = join(folder, (await readdir(folder))[0] ?? "nothing");
  const fix = 'run "pip cache purge" and try again';
  await checkHash(tool, { name: source.requirement, file: wheel, sha256: source.sha256, fix });
  await unzip(wheel, join(work, tool.name));
  await removeFolder(folder);
  return source.requirement;
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
