import { chmod, copyFile, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { moduleFolder, removeFolder } from "./cache";
import { runCommand } from "./command";
import { fetchModule } from "./go-modules";
import { overlayOf } from "./overlay";
import type { Settings } from "./settings";
import { ToolchainError } from "./toolchain-error";
import type { GoProgram, ModuleCut, ModuleFile, Tool } from "./types";

export const MINIMUM_GO = "1.26";

/** The flags of every build. Without debug data a build takes a fifth less time; the rest makes it the same anywhere. */
const BUILD_FLAGS = [
  "-v",
  "-trimpath",
  "-mod=readonly",
  "-buildvcs=false",
  "-pgo=off",
  "-gcflags=all=-dwarf=false",
];

/** Variables of the user's shell that would change what is built. */
const NEUTRAL = ["GOOS", "GOARCH", "GOFLAGS", "GOEXPERIMENT", "GOROOT", "GOWORK"];

/** One build under way: what it logs to and where it says how far it is. */
export interface BuildContext {
  settings: Settings;
  work: string;
  log: string;
  /** Called with every package that was compiled. */
  onPackage: () => void;
}

/** Builds a Go program of a committed module into the work folder. Nothing is written into the checkout. */
export async function buildGoProgram(tool: Tool, source: GoProgram, context: BuildContext): Promise<string> {
  const { work, log, settings } = context;
  const env = await goEnvironment(tool, source, context);
  const folder = join(work, "module");
  await cp(moduleFolder(source.module), folder, { recursive: true });
  await mkdir(join(work, "gotmp"));
  for (const file of source.embed ?? []) await takeModuleFile(file, folder, folder, tool, context, env);

  const cut = source.cut ? ["-overlay", await writeOverlay(source.cut, folder, tool, context)] : [];
  const ldflags = ["-s -w", source.ldflags ?? ""].join(" ").trim();
  const args = [
    "build",
    ...BUILD_FLAGS,
    ...cut,
    "-ldflags",
    ldflags,
    "-o",
    join(work, tool.name),
    source.package,
  ];
  const onLine = (line: string) => {
    if (!line.startsWith("#") && !line.includes(" ")) context.onPackage();
  };
  const result = await runCommand("go", args, { cwd: folder, env, logFile: log, onLine, nice: true });
  if (result.code !== 0) throw buildError(tool, result.stderr, log, settings);
  for (const file of source.scripts ?? []) {
    await takeModuleFile(file, folder, work, tool, context, env);
    await chmod(join(work, file.to), 0o755);
  }
  await removeFolder(folder);
  await removeFolder(join(work, "gotmp"));
  return `${source.package} of ${source.module}/go.mod`;
}

/** @returns the file that `go build -overlay` reads */
async function writeOverlay(
  { path, from, fromVersion, sum, folder, entry }: ModuleCut,
  goModule: string,
  tool: Tool,
  context: BuildContext,
): Promise<string> {
  const module = await fetchModule(tool, { path: from, version: fromVersion, sum }, context);
  const file = join(context.work, "overlay.json");
  await writeFile(file, JSON.stringify(overlayOf(path, module, join(goModule, folder), entry)));
  return file;
}

async function goEnvironment(
  tool: Tool,
  source: GoProgram,
  context: BuildContext,
): Promise<NodeJS.ProcessEnv> {
  const env: NodeJS.ProcessEnv = { ...context.settings.env };
  for (const name of NEUTRAL) delete env[name];
  Object.assign(env, { CGO_ENABLED: "0", GOWORK: "off", GOTMPDIR: join(context.work, "gotmp") });
  if (source.goExperiment) env["GOEXPERIMENT"] = source.goExperiment;
  await requireGo(tool, env);
  return env;
}

/** Refuses early, with what to do, when there is no Go that can build the tool. */
export async function requireGo(tool: Tool, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = tool.source.kind === "go-program" ? moduleFolder(tool.source.module) : __dirname;
  const { code, stdout, stderr } = await runCommand("go", ["env", "GOVERSION"], {
    cwd: folder,
    env: { ...env, GOTMPDIR: undefined },
  });
  const fix = `install Go >= ${MINIMUM_GO} (https://go.dev/dl/), or put ${tool.name} ${tool.version} on PATH`;
  const what = `${tool.name} ${tool.version} has to be built from source`;
  const where = `PATH=${env["PATH"] ?? ""}`;
  if (code === -1) throw new ToolchainError(`${what}, but go was not found`, where, fix);
  if (code !== 0)
    throw new ToolchainError(`${what}, but go does not run: ${lastLines(stderr, 2)}`, where, fix);
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const [wantedMajor, wantedMinor] = MINIMUM_GO.split(".").map(Number) as [number, number];
  const enough =
    Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
  if (!enough) throw new ToolchainError(`${what}, but go is ${stdout.trim()}`, where, fix);
}

/** Copies a file out of a module that the build's go.mod requires. */
async function takeModuleFile(
  file: ModuleFile,
  goModule: string,
  target: string,
  tool: Tool,
  context: BuildContext,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const options = { cwd: goModule, env, logFile: context.log };
  const download = await runCommand("go", ["mod", "download", file.module], options);
  const list = await runCommand(
    "go",
    ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", file.module],
    options,
  );
  if (download.code !== 0 || list.code !== 0) {
    throw buildError(tool, download.stderr + list.stderr, context.log, context.settings);
  }
  const from = join(list.stdout.trim(), file.from);
  const to = join(target, file.to);
  await mkdir(dirname(to), { recursive: true });
  if (file.replace) return writeFile(to, replaced(await readFile(from, "utf8"), file.replace, from));
  if (!file.setVersion) return copyFile(from, to);
  const content = JSON.parse(await readFile(from, "utf8")) as Record<string, unknown>;
  await writeFile(to, JSON.stringify({ ...content, version: file.setVersion }));
}

/** @throws Error where a text is not there: the module has changed, and what would be built is something else */
function replaced(text: string, replace: Readonly<Record<string, string>>, file: string): string {
  return Object.entries(replace).reduce((before, [wanted, instead]) => {
    if (!before.includes(wanted)) throw new Error(`${file} has no ${wanted}`);
    return before.replaceAll(wanted, instead);
  }, text);
}

function buildError(tool: Tool, output: string, log: string, settings: Settings): ToolchainError {
  const cause = lastLines(output, 4);
  let fix = `read the log, then run it again: what was compiled is kept. Or put ${tool.name} ${tool.version} on PATH`;
  if (/no space left on device/.test(output)) {
    fix = `free some 10 GiB on the disk of ${settings.cacheRoot} and of "go env GOCACHE GOMODCACHE"`;
  } else if (/dial tcp|no such host|i\/o timeout|connection refused|TLS handshake/.test(output)) {
    fix = `let this machine reach its Go module proxy ("go env GOPROXY"), or put ${tool.name} ${tool.version} on PATH`;
  } else if (/signal: killed|cannot allocate memory/.test(output)) {
    fix = "give the machine 4 GiB of free memory, or stop other programs, and run it again";
  } else if (/checksum mismatch|missing go.sum entry/.test(output)) {
    fix =
      'the module source is not the one that go.sum names: clear it with "go clean -modcache" and run it again';
  }
  return new ToolchainError(`${tool.name} ${tool.version} could not be built: ${cause}`, log, fix);
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join("\n    ");
}
