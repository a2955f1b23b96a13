import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { withLockOn } from "../cluster/lock";
import type { Settings } from "./settings";
import type { Tool } from "./types";

/** What an installed tool's folder says of itself, in tool.json. */
export interface Manifest {
  name: string;
  version: string;
  origin: "download" | "build";
  from: string;
  installedAt: string;
  seconds: number;
}

const MANIFEST = "tool.json";

/** The committed Go module of a source, as an absolute path. */
export function moduleFolder(module: string): string {
  return isAbsolute(module) ? module : join(__dirname, "go", module);
}

/** Hash of all that decides what a build gives: the recipe in the catalog and the committed module's files. */
export async function recipeHash(tool: Tool): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([tool.version, tool.source]));
  if (tool.source.kind === "go-program") {
    const folder = moduleFolder(tool.source.module);
    const local = tool.source.package.startsWith(".") ? await goFiles(join(folder, tool.source.package)) : [];
    for (const file of [join(folder, "go.mod"), join(folder, "go.sum"), ...local]) {
      if (existsSync(file)) hash.update(file.slice(folder.length)).update(await readFile(file));
    }
  }
  if (tool.source.kind === "python-packages")
    hash.update(await readFile(requirementsFile(tool.source.requirements)));
  return hash.digest("hex").slice(0, 12);
}

/** A committed requirements file. */
export function requirementsFile(name: string): string {
  return join(__dirname, "python", name);
}

async function goFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith(".go") || name.endsWith("/go.mod"))
    .sort()
    .map((name) => join(folder, name));
}

/** Where a tool of exactly this version and recipe is kept. */
export async function installFolder(tool: Tool, settings: Settings): Promise<string> {
  const key = `${tool.version}-${await recipeHash(tool)}-${settings.platform}`;
  return join(settings.cacheRoot, "tools", tool.name, key);
}

/** The program or folder inside an install folder. */
export function entryPath(tool: Tool, folder: string): string {
  return join(folder, tool.name);
}

/** What is installed in the folder, or undefined: a folder counts only with its manifest, which is written last. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, MANIFEST), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

/** Makes the finished work folder the installed one, in one step. */
export async function publish(work: string, folder: string, manifest: Manifest): Promise<void> {
  await writeFile(join(work, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  await mkdir(join(folder, ".."), { recursive: true });
  await rm(folder, { recursive: true, force: true });
  await rename(work, folder);
}

/** A fresh folder to build in; what a killed run left of this tool goes. Call it with the tool's lock held. */
export async function workFolder(tool: Pick<Tool, "name">, settings: Settings): Promise<string> {
  const root = join(settings.cacheRoot, "tmp");
  await mkdir(root, { recursive: true });
  for (const name of await readdir(root)) {
    if (name.startsWith(`${tool.name}@`)) await removeFolder(join(root, name));
  }
  return mkdtemp(join(root, `${tool.name}@`));
}

/** Removes a folder, also one with read-only parts as Go's module folders have. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 200 });
}

/** The log of the tool's last download or build. */
export async function logFile(tool: Tool, settings: Settings): Promise<string> {
  const folder = join(settings.cacheRoot, "logs");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${tool.name}-${tool.version}.log`);
  await writeFile(file, "");
  return file;
}

/** Runs the action while no other process of this machine works on the same tool. */
export function withToolLock<T>(
  tool: Pick<Tool, "name">,
  settings: Settings,
  action: () => Promise<T>,
): Promise<T> {
  const folder = join(settings.cacheRoot, "locks");
  const sayOnce = (tries: number) => {
    if (tries === 0)
      settings.report.line(`  ${tool.name}: another run is getting it, waiting for that one (${folder})`);
  };
  return withLockOn(join(folder, `${tool.name}.lock`), sayOnce, action);
}

/** Bytes of a file or of all files in a folder. */
export async function sizeOf(path: string): Promise<number> {
  if (!existsSync(path)) return 0;
  const info = await stat(path);
  if (!info.isDirectory()) return info.size;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) => stat(join(entry.parentPath, entry.name)));
  return (await Promise.all(sizes)).reduce((sum, file) => sum + file.size, 0);
}
