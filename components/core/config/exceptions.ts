import type { ToolDocuments } from "../../documents/documents";
import { documentsOf, type Feature } from "../contract/feature";
import type { ConfigIssue } from "./config-error";
import { concerns, type Exception, type ExceptionEntry, isOfPods, matchKeysOf } from "./exceptions-schema";
import { formatPath, nearestName } from "./issues";
import { type Environment, environmentOf } from "./policy-level";

/** For which stack a config is read, and on which day; exceptions hold until one. */
export interface Occasion {
  /** The stack's name; where it is not known its levels are the strictest. */
  stack: string | undefined;
  /** As YYYY-MM-DD, in UTC. */
  today: string;
}

/** The exceptions that hold, and those that have ended. */
export interface CurrentExceptions {
  current: Exception[];
  warnings: string[];
}

/** What no schema can say of `exceptions`: their dates, their tools, and whether anything can tell such events. */
export function checkExceptions(
  entries: readonly ExceptionEntry[],
  { level, occasion, registry }: { level: Environment; occasion: Occasion; registry: readonly Feature[] },
): ConfigIssue[] {
  const tools = registry.flatMap((feature) => documentsOf(feature) ?? []);
  return entries.flatMap((entry, index) => [
    ...(level === "prod" ? expired(entry, index, occasion) : []),
    ...unmatchable(entry, index, tools),
  ]);
}

/** Of `exceptions` those that hold on the day; of the others a warning each. */
export function currentExceptions(
  entries: readonly ExceptionEntry[],
  { today }: Occasion,
): CurrentExceptions {
  const all = entries.map((entry, index): Exception => ({ ...entry, index }));
  const hasEnded = ({ until }: Exception) => until < today;
  return {
    current: all.filter((entry) => !hasEnded(entry)),
    warnings: all
      .filter(hasEnded)
      .map(
        ({ index, until, owner, reason }) =>
          `exceptions[${index}] ended on ${until} and has no effect any more (${owner}: ${reason}). Remove it, or have ${owner} decide on another date.`,
      ),
  };
}

/** Whose policy levels hold for a stack. */
export function policyLevelOf(said: Environment | undefined, { stack }: Occasion): Environment {
  return said ?? environmentOf(stack ?? "");
}

function expired({ until, owner }: ExceptionEntry, index: number, { today }: Occasion): ConfigIssue[] {
  if (until >= today) return [];
  return [
    {
      code: "CFG017",
      path: formatPath(["exceptions", index, "until"]),
      found: `${until}, and today is ${today}`,
      allowed: "no day that has passed, where the policy level is prod",
      fix: `remove the exception, or have ${owner} decide on another date`,
    },
  ];
}

function unmatchable(entry: ExceptionEntry, index: number, tools: readonly ToolDocuments[]): ConfigIssue[] {
  const names = tools.filter(({ matchable }) => matchable).map(({ tool }) => tool);
  const { tool } = entry;
  if (isOfPods(entry)) return [];
  if (tool !== undefined && !tools.some((one) => one.tool === tool))
    return [
      {
        code: "CFG003",
        path: formatPath(["exceptions", index, "tool"]),
        found: `"${tool}"`,
        allowed: names.join(", "),
        nearest: nearestName(tool, names),
      },
    ];
  if (tools.some((one) => concerns(entry, one.tool) && canMatch(entry, one))) return [];
  const keys = matchKeysOf(entry);
  const able = names.filter((name) =>
    tools.some((one) => one.tool === name && canMatch({ ...entry, tool: undefined }, one)),
  );
  return [
    {
      code: "CFG018",
      path: formatPath(["exceptions", index]),
      found: `${keys.join(", ")}${tool === undefined ? "" : ` of ${tool}`}: neither the tool nor the gateway can tell such events`,
      allowed: able.length > 0 ? `these keys together for ${able.join(", ")}` : keysByTool(tools),
    },
  ];
}

/** Whether a tool's documents have all that an exception names. */
export function canMatch(entry: ExceptionEntry, { matchable }: Pick<ToolDocuments, "matchable">): boolean {
  return matchable !== undefined && matchKeysOf(entry).every((key) => matchable[key] !== undefined);
}

function keysByTool(tools: readonly ToolDocuments[]): string {
  return tools
    .flatMap(({ tool, matchable }) => (matchable ? [`${tool}: ${Object.keys(matchable).join(", ")}`] : []))
    .join("; ");
}
