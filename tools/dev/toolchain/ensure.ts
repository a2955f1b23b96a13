import { catalog, toolNamed } from "./all-tools";
import { about } from "./progress";
import { type Found, lookUp, resolveTool } from "./resolve";
import { type Settings, settingsFromEnvironment } from "./settings";
import type { Tool, ToolName } from "./types";

export type { ToolName } from "./types";

/**
 * The absolute path of each tool: the program, or the folder for charts and Elasticsearch.
 * Missing tools are downloaded or built, one after the other, with progress on stderr.
 */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  settings: Settings = settingsFromEnvironment(),
): Promise<Record<Name, string>> {
  const tools = catalog.filter((tool) => (names as readonly string[]).includes(tool.name));
  const found = new Map<string, Found>();
  await Promise.all(
    tools.map(async (tool) => {
      const known = await lookUp(tool, settings, companionOf(tool));
      if (known) found.set(tool.name, known);
    }),
  );
  const missing = tools.filter((tool) => !found.has(tool.name));
  if (missing.length > 0) announce(missing, settings);
  for (const tool of missing) found.set(tool.name, await resolveTool(tool, settings, companionOf(tool)));
  return Object.fromEntries(names.map((name) => [name, found.get(name)!.path])) as Record<Name, string>;
}

/** The tool that another one is a part of, if any. */
export function companionOf(tool: Tool): Tool | undefined {
  return tool.beside ? toolNamed(tool.beside) : undefined;
}

function announce(missing: readonly Tool[], settings: Settings): void {
  const minutes = missing.reduce((sum, tool) => sum + tool.minutes, 0);
  settings.report.line(
    [
      `Getting ${missing.length} tool${missing.length > 1 ? "s" : ""}: ${missing.map((tool) => `${tool.name} ${tool.version}`).join(", ")}`,
      `  Official releases where they can be had, else from source (${about(minutes)} in all on two cores).`,
      `  Once per machine: kept in ${settings.cacheRoot}`,
    ].join("\n"),
  );
}
