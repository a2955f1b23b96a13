import { parseDocument } from "yaml";
import { yamlProblem } from "../core/config/stack-file";
import { DecodeError, decode } from "../core/config/yaml-decode";

const KINDS = ["rule", "macro", "list", "required_engine_version", "required_plugin_versions"] as const;

/**
 * What is wrong with the text of a rules file, as far as it can be told without Falco: it has to be a YAML
 * list of rules, macros and lists. Undefined where it is fine. One broken file would keep Falco from
 * starting on every node.
 */
export function customRulesProblem(text: string): string | undefined {
  return readRules(text).problem;
}

/** Names of the rules in a rules file; none where it can't be read. */
export function ruleNames(text: string): string[] {
  const { items } = readRules(text);
  return items.map((item) => item["rule"]).filter((name) => typeof name === "string");
}

interface RulesRead {
  items: Record<string, unknown>[];
  problem?: string | undefined;
}

function readRules(text: string): RulesRead {
  const document = parseDocument(text);
  const error = document.errors[0];
  if (error) return { items: [], problem: `valid YAML: ${yamlProblem(error)}` };
  const unreadable = decodeProblem(document.contents);
  if (unreadable !== undefined) return { items: [], problem: `valid YAML: ${unreadable}` };
  const items: unknown = document.toJS();
  if (!Array.isArray(items)) return { items: [], problem: "a YAML list of rules, macros and lists" };
  const problem = items.map(itemProblem).find((found) => found !== undefined);
  return problem ? { items: [], problem } : { items };
}

/** Aliases without an anchor, inside of themselves or too many; keys that are there twice. */
function decodeProblem(content: unknown): string | undefined {
  try {
    decode(content);
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return `not ${error.message}`;
    throw error;
  }
}

function itemProblem(item: unknown, index: number): string | undefined {
  if (typeof item !== "object" || item === null) return `a rule, macro or list as item ${index + 1}`;
  const fields = item as Record<string, unknown>;
  const kind = KINDS.find((key) => key in fields);
  if (!kind) return `one of ${KINDS.join(", ")} in item ${index + 1}`;
  const missing = requiredKeys(kind, fields).filter((key) => !(key in fields));
  if (missing.length > 0) return `${missing.join(", ")} in ${kind} "${String(fields[kind])}"`;
  return undefined;
}

// Of what changes a known object, only the changed keys are there (falco.org: rules, overriding).
function requiredKeys(kind: (typeof KINDS)[number], item: Record<string, unknown>): string[] {
  if (
    "override" in item ||
    "append" in item ||
    (kind === "rule" && "enabled" in item && !("condition" in item))
  )
    return [];
  if (kind === "rule") return ["condition", "desc", "output", "priority"];
  if (kind === "macro") return ["condition"];
  return kind === "list" ? ["items"] : [];
}
