import { homedir } from "node:os";
import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import pc from "picocolors";
import { catalog } from "./all-tools";
import { sizeOf } from "./cache";
import { companionOf, ensureTools } from "./ensure";
import { findOnPath } from "./path-lookup";
import { about } from "./progress";
import { lookUp } from "./resolve";
import { type Settings, settingsFromEnvironment } from "./settings";
import type { Tool, ToolName } from "./types";

const BORDERS = ["top", "bottom", "left", "right", "mid"];
const NO_BORDERS = Object.fromEntries([
  ...BORDERS.flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((key) => [key, ""]),
  ),
  ["left-mid", ""],
  ["mid-mid", ""],
  ["right-mid", ""],
  ["middle", " "],
]);

/** `npm run toolchain`: gets every tool, or says what is there. */
export async function main(args: readonly string[]): Promise<void> {
  const program = new Command("npm run toolchain --")
    .description(
      "Gets the tools that `npm start` and `npm test` use: found on PATH, in the cache, downloaded or built.",
    )
    .option("--list", "show each tool's version, where it was found and its size; fetch nothing")
    .option("--only <names>", "only these tools, separated by commas", parseNames)
    .addHelpText(
      "after",
      [
        "",
        "Environment:",
        "  SECURITY_STACK_CACHE    folder to keep the tools in (default: ~/.cache/security-stack)",
        "  SECURITY_STACK_OFFLINE  set to 1 to download no official releases and build what is missing",
      ].join("\n"),
    )
    .parse(args, { from: "user" });
  const { list, only } = program.opts<{ list?: boolean; only?: ToolName[] }>();
  const names = only ?? catalog.map((tool) => tool.name as ToolName);
  const settings = settingsFromEnvironment();
  if (list) {
    await printList(names, settings);
    return;
  }
  const paths = await ensureTools(names, settings);
  for (const name of names) process.stdout.write(`${name}\t${paths[name]}\n`);
}

function parseNames(text: string): ToolName[] {
  const names = text.split(",").map((name) => name.trim());
  const known = catalog.map((tool) => tool.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names as ToolName[];
  throw new InvalidArgumentError(`unknown: ${unknown.join(", ")}. Known: ${known.join(", ")}`);
}

async function printList(names: readonly string[], settings: Settings): Promise<void> {
  const head = ["TOOL", "VERSION", "FOUND", "SIZE", "WHERE, OR WHAT IT TAKES"];
  const table = new Table({ head, chars: NO_BORDERS, style: { head: [], border: [], "padding-left": 0 } });
  for (const tool of catalog) if (names.includes(tool.name)) table.push(await row(tool, settings));
  process.stdout.write(`${table.toString()}\nCache: ${settings.cacheRoot}\n`);
}

async function row(tool: Tool, settings: Settings): Promise<string[]> {
  const companion = companionOf(tool);
  const [found, onPath] = await Promise.all([
    lookUp(tool, settings, companion),
    findOnPath(tool, settings, companion),
  ]);
  const notes = [];
  if (found) notes.push(tilde(found.path));
  else notes.push(`missing; from source ${about(tool.minutes)}`);
  if (found?.manifest)
    notes.push(pc.dim(`${found.manifest.origin} of ${found.manifest.installedAt.slice(0, 10)}`));
  if (onPath && !onPath.accepted) notes.push(pc.dim(`${onPath.path} is not used: ${onPath.reason}`));
  const size = found ? `${Math.round((await sizeOf(found.path)) / 2 ** 20)} MiB` : "";
  return [
    tool.name,
    found?.version ?? tool.version,
    found?.origin ?? pc.yellow("no"),
    size,
    notes.join("\n"),
  ];
}

function tilde(path: string): string {
  return path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path;
}
