import { distance } from "fastest-levenshtein";
import { z } from "zod";
import type { ConfigIssue } from "./config-error";
import { SECRET_PATHS } from "./secret-paths";
import { describeValue, mayHoldSecret } from "./secrets";

/** Prefix of the stack config's keys: the Pulumi project's name. */
export const PROJECT = "security-stack";

type Path = readonly PropertyKey[];

/** What zod found, in the words and paths of the stack config. `prefix` is the path of `root` in it. */
export function toIssues(error: z.ZodError, schema: z.ZodType, prefix: Path, root: unknown): ConfigIssue[] {
  return error.issues.flatMap((issue) => toIssue(issue, schema, prefix, root));
}

function toIssue(issue: z.core.$ZodIssue, schema: z.ZodType, prefix: Path, root: unknown): ConfigIssue[] {
  const place = [...prefix, ...issue.path];
  const path = formatPath(place);
  const value = valueAt(root, issue.path);
  const found = describeValue(value, mayHoldSecret(place, SECRET_PATHS));
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = knownKeys(schema, issue.path);
      return issue.keys.map((key) => ({
        code: "CFG001",
        path: formatPath([...prefix, ...issue.path, key]),
        allowed: known.join(", "),
        nearest: nearestName(key, known),
      }));
    }
    case "invalid_type":
      if (value === undefined) return [{ code: "CFG004", path, allowed: issue.expected }];
      if (issue.expected === "never") return [{ code: "CFG003", path, found, allowed: issue.message }];
      return [{ code: "CFG002", path, found, allowed: issue.expected }];
    case "invalid_value": {
      const values = issue.values.map(String);
      const nearest = typeof value === "string" ? nearestName(value, values) : undefined;
      return [
        { code: value === undefined ? "CFG004" : "CFG003", path, found, allowed: values.join(", "), nearest },
      ];
    }
    case "invalid_union":
      return [{ code: "CFG002", path, found, allowed: describeBranches(issue) }];
    case "invalid_key":
      return [{ code: "CFG003", path, allowed: `as the key ${issue.issues.map(describeLimit).join("; ")}` }];
    case "custom":
      return [{ code: "CFG003", path, found, allowed: issue.message }];
    default:
      return [{ code: "CFG003", path, found, allowed: describeLimit(issue) }];
  }
}

function describeLimit(issue: { message: string }): string {
  return issue.message.replace(/^Too (big|small): expected \w+ to (be|have) /, "");
}

function describeBranches(issue: Extract<z.core.$ZodIssue, { code: "invalid_union" }>): string {
  const branches = issue.errors
    .flat()
    .map((branch) => ("expected" in branch ? String(branch.expected) : branch.message));
  return [...new Set(branches)].join(" or ");
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  /** Of a record whose keys are a list. */
  propertyNames?: { enum?: string[] };
}

/** The keys that the schema knows at a path; looked up in its JSON Schema, which has one shape for all types. */
function knownKeys(schema: z.ZodType, path: Path): string[] {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const here = path.reduce<JsonSchema | undefined>((node, key) => {
    const additional = typeof node?.additionalProperties === "object" ? node.additionalProperties : undefined;
    return node?.properties?.[String(key)] ?? node?.items ?? additional;
  }, root);
  return Object.keys(here?.properties ?? {}).concat(here?.propertyNames?.enum ?? []);
}

/** The path as `pulumi config set --path` takes it. */
export function formatPath(path: Path): string {
  const text = path.map((part, index) => formatPart(part, index === 0)).join("");
  return `${PROJECT}:${text}`;
}

function formatPart(part: PropertyKey, first: boolean): string {
  if (typeof part === "number") return `[${part}]`;
  const name = String(part);
  if (!/^[\w-]+$/.test(name)) return `[${JSON.stringify(name)}]`;
  return first ? name : `.${name}`;
}

/** The known name that a typo most likely meant, if any is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lowered = name.toLowerCase();
  const best = [...known].sort(
    (a, b) => distance(lowered, a.toLowerCase()) - distance(lowered, b.toLowerCase()),
  )[0]!;
  return distance(lowered, best.toLowerCase()) <= Math.max(2, Math.floor(best.length / 3)) ? best : undefined;
}

export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (isIndexable(value) ? value[key] : undefined), root);
}

function isIndexable(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

/** A map, not an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return isIndexable(value) && !Array.isArray(value);
}

export type Values = Readonly<Record<string, unknown>>;

/** Values with another one at a path; maps on the way that are not there are made, what is no map is replaced. */
export function withValue(values: Values, [key, ...rest]: readonly string[], value: unknown): Values {
  if (key === undefined) return values;
  const below = values[key];
  return {
    ...values,
    [key]: rest.length === 0 ? value : withValue(isRecord(below) ? below : {}, rest, value),
  };
}

/** Values without what is at a path. */
export function without(values: Values, [key, ...rest]: readonly string[]): Values {
  if (key === undefined || !Object.hasOwn(values, key)) return values;
  const { [key]: below, ...others } = values;
  if (rest.length === 0) return others;
  return isRecord(below) ? { ...values, [key]: without(below, rest) } : values;
}
