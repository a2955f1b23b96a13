import { accessSync, constants, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "./command";
import type { Settings } from "./settings";
import type { GoProgram, Probe, Tool } from "./types";

const PROBE_TIMEOUT_MS = 20_000;

/** A program found on PATH, and whether it serves. */
export interface PathFind {
  path: string;
  version: string | undefined;
  accepted: boolean;
  /** Why it does not serve. */
  reason?: string;
}

/** First executable file of that name in the folders. */
export function which(name: string, folders: readonly string[]): string | undefined {
  return whichAll(name, folders)[0];
}

function whichAll(name: string, folders: readonly string[]): string[] {
  return [...new Set(folders)].map((folder) => join(folder, name)).filter(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Asks a program for its version; undefined when it prints none. */
export async function probeVersion(
  path: string,
  probe: Probe,
  settings: Settings,
): Promise<string | undefined> {
  const env = {
    ...settings.env,
    PULUMI_HOME: join(settings.cacheRoot, "pulumi-home"),
    PULUMI_SKIP_UPDATE_CHECK: "1",
    TRIVY_CACHE_DIR: join(settings.cacheRoot, "trivy"),
    KUBECONFIG: "/dev/null",
  };
  const result = await runCommand(path, probe.args, { env, timeoutMs: PROBE_TIMEOUT_MS });
  return /v?(\d+\.\d+\.\d+)/.exec(`${result.stdout}\n${result.stderr}`)?.[1];
}

/** Whether a found version may stand in for the pinned one. */
export function versionServes(found: string, pinned: string, match: Probe["match"]): boolean {
  if (match === "any") return true;
  const parts = match === "patch" ? 3 : 2;
  const head = (version: string) => version.split(/[.+-]/).slice(0, parts).join(".");
  return head(found) === head(pinned);
}

/** The first copy on PATH that serves, else the first that does not; undefined when there is none to judge. */
export async function findOnPath(
  tool: Tool,
  settings: Settings,
  companion?: Tool,
): Promise<PathFind | undefined> {
  if (tool.beside && companion) return findBeside(tool, companion, settings);
  if (!tool.path) return undefined;
  let first: PathFind | undefined;
  const names = [tool.name, ...(tool.path.names ?? [])];
  for (const path of names.flatMap((name) => whichAll(name, settings.pathFolders))) {
    const find = await judge(path, tool, tool.path, settings);
    if (find.accepted) return find;
    first ??= find;
  }
  return first;
}

async function judge(path: string, tool: Tool, probe: Probe, settings: Settings): Promise<PathFind> {
  const version = await probeVersion(path, probe, settings);
  if (!version) return { path, version, accepted: false, reason: "it prints no version" };
  if (versionServes(version, tool.version, probe.match)) return { path, version, accepted: true };
  return { path, version, accepted: false, reason: `it is ${version}, wanted is ${tool.version}` };
}

/** A tool that tells no version serves if it lies with its scripts beside an accepted companion. */
async function findBeside(tool: Tool, companion: Tool, settings: Settings): Promise<PathFind | undefined> {
  const path = which(tool.name, settings.pathFolders);
  if (!path) return undefined;
  const anchor = await findOnPath(companion, settings);
  const folders = anchor ? [dirname(anchor.path), dirname(realpathSync(anchor.path))] : [];
  const files = [tool.name, ...((tool.source as GoProgram).scripts ?? []).map((script) => script.to)];
  const complete = folders.some((folder) => files.every((name) => isExecutable(join(folder, name))));
  if (anchor?.accepted && complete) return { path, version: anchor.version, accepted: true };
  const reason = `it tells no version and is not part of a ${companion.name} ${companion.version} on PATH`;
  return { path, version: undefined, accepted: false, reason };
}
