import { chmod } from "node:fs/promises";
import { join } from "node:path";
import pc from "picocolors";
import { fetchBrowser } from "./browser";
import { type BuildContext, buildGoProgram } from "./build";
import {
  entryPath,
  installFolder,
  logFile,
  type Manifest,
  publish,
  readManifest,
  removeFolder,
  withToolLock,
  workFolder,
} from "./cache";
import { downloadTool, NotDownloadable } from "./download";
import { fetchMavenJars } from "./maven-jars";
import { findOnPath, probeVersion, versionServes } from "./path-lookup";
import { about, elapsed } from "./progress";
import type { Settings } from "./settings";
import { fetchMavenZip, fetchModuleFolder, fetchPythonPackages, fetchPythonWheel } from "./sources";
import { ToolchainError } from "./toolchain-error";
import type { Tool } from "./types";

/** A tool that can be used now. */
export interface Found {
  path: string;
  version: string;
  /** Where it was found, or how it came. */
  origin: "PATH" | "cache" | "download" | "build";
  manifest?: Manifest;
}

/** Looks on PATH and then in the cache; never fetches anything. */
export async function lookUp(tool: Tool, settings: Settings, companion?: Tool): Promise<Found | undefined> {
  const onPath = await findOnPath(tool, settings, companion);
  if (onPath?.accepted) return { path: onPath.path, version: onPath.version ?? tool.version, origin: "PATH" };
  const folder = await installFolder(tool, settings);
  const manifest = await readManifest(folder);
  if (!manifest) return undefined;
  return { path: entryPath(tool, folder), version: manifest.version, origin: "cache", manifest };
}

/** The tool's path: from PATH, from the cache, downloaded, or built, in this order. */
export async function resolveTool(tool: Tool, settings: Settings, companion?: Tool): Promise<Found> {
  const known = await lookUp(tool, settings, companion);
  if (known) return known;
  const folder = await installFolder(tool, settings);
  return withToolLock(tool, settings, async () => {
    const other = await readManifest(folder);
    if (other)
      return { path: entryPath(tool, folder), version: other.version, origin: "cache", manifest: other };
    const work = await workFolder(tool, settings);
    try {
      const manifest = await install(tool, settings, work);
      await publish(work, folder, manifest);
      return { path: entryPath(tool, folder), version: manifest.version, origin: manifest.origin, manifest };
    } finally {
      await removeFolder(work);
    }
  });
}

async function install(tool: Tool, settings: Settings, work: string): Promise<Manifest> {
  const began = Date.now();
  const manifest = (origin: Manifest["origin"], from: string): Manifest => ({
    name: tool.name,
    version: origin === "build" ? (tool.builtVersion ?? tool.version) : tool.version,
    origin,
    from,
    installedAt: new Date().toISOString(),
    seconds: Math.round((Date.now() - began) / 1000),
  });
  const url = await tryDownload(tool, settings, work);
  if (url) {
    await checkStarts(tool, settings, work, url);
    return manifest("download", url);
  }
  const from = await obtain(tool, settings, work);
  await checkStarts(tool, settings, work, from);
  return manifest("build", from);
}

/** The address of the installed release, or undefined when there is none to be had and the tool must be built. */
async function tryDownload(tool: Tool, settings: Settings, work: string): Promise<string | undefined> {
  if (!tool.download) return undefined;
  const step = settings.report.start(`downloading ${tool.name} ${tool.version}`);
  try {
    const url = await downloadTool(tool, settings, work);
    step.done(`${tool.name} ${tool.version}: official release`);
    return url;
  } catch (error) {
    if (error instanceof NotDownloadable) {
      step.skip(`${tool.name} ${tool.version}: no official release to be had: ${error.message}`);
      return undefined;
    }
    step.fail(`${tool.name} ${tool.version}: the download was refused`);
    throw error;
  }
}

async function obtain(tool: Tool, settings: Settings, work: string): Promise<string> {
  const { source } = tool;
  const log = await logFile(tool, settings);
  let packages = 0;
  const context: BuildContext = { settings, work, log, onPackage: () => packages++ };
  const compiles = source.kind === "go-program";
  const version = tool.builtVersion ?? tool.version;
  const verb = compiles ? "building" : "fetching";
  settings.report.line(
    `  ${pc.bold(`${verb} ${tool.name} ${version}`)}: ${tool.why}; takes ${about(tool.minutes)} on two cores when nothing is cached`,
  );
  const detail = compiles ? () => `${packages} packages compiled` : undefined;
  const step = settings.report.start(`${verb} ${tool.name}`, detail);
  const began = Date.now();
  try {
    const from = await obtainFrom(tool, context);
    step.done(`${tool.name} ${version}`);
    return from;
  } catch (error) {
    step.fail(`${tool.name} ${version} failed after ${elapsed(Date.now() - began)}, log: ${log}`);
    throw error;
  }
}

function obtainFrom(tool: Tool, context: BuildContext): Promise<string> {
  const { source } = tool;
  switch (source.kind) {
    case "go-program":
      return buildGoProgram(tool, source, context);
    case "go-module-folder":
      return fetchModuleFolder(tool, source, context);
    case "maven-zip":
      return fetchMavenZip(tool, source, context);
    case "maven-jars":
      return fetchMavenJars(tool, source, context);
    case "python-wheel":
      return fetchPythonWheel(tool, source, context);
    case "python-packages":
      return fetchPythonPackages(tool, source, context);
    case "browser":
      return fetchBrowser(tool, source, context);
  }
}

/** A program that does not start or is of another version is not installed. */
async function checkStarts(tool: Tool, settings: Settings, work: string, from: string): Promise<void> {
  if (!tool.path) return;
  const file = join(work, tool.name);
  await chmod(file, 0o755);
  const version = await probeVersion(file, tool.path, settings);
  const match = tool.path.match === "any" ? "any" : "patch";
  if (version && versionServes(version, tool.version, match)) return;
  throw new ToolchainError(
    `${tool.name} ${tool.version} was made, but ${version ? `it says it is ${version}` : "it does not start"}`,
    from,
    `run "${tool.name} ${tool.path.args.join(" ")}" of that release on this machine to see why`,
  );
}
