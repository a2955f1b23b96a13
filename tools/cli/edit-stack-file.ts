import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, type Node, parseDocument, type YAMLMap } from "yaml";
import { isRecord, PROJECT, valueAt, withValue } from "../../components/core/config/issues";
import { parseStackFile, type StackFile } from "../../components/core/config/stack-file";
import { Fault } from "../dev/cluster/fault";

/**
 * The text of a stack file with a value set; all else stays as it is written, comments too. What it means is read as
 * Pulumi reads it, before and after: nothing but this value changes.
 * @param path below the config, without the project's prefix
 * @throws ConfigError where the file cannot be read, Fault where the value cannot be set without changing more
 */
export function setInStackFile(
  text: string,
  path: readonly [string, ...string[]],
  value: string | number | boolean,
): string {
  const before = parseStackFile(text, "the stack file");
  const wanted = { ...before, values: withValue(before.values, path, value) };
  const edits = [setInPlace(text, path, value), ...rewritten(text, path, wanted)];
  const edited = edits.find((edit) => edit !== undefined && means(edit, wanted));
  if (edited !== undefined) return edited;
  const [key, ...rest] = path;
  throw new Fault(`${path.join(".")} cannot be set without changing how the rest of the file is written.`, {
    fix: `pulumi config set --path '${[`${PROJECT}:${key}`, ...rest].join(".")}' ${value}`,
  });
}

function means(text: string, wanted: StackFile): boolean {
  try {
    return isDeepStrictEqual(parseStackFile(text, "the edited file"), wanted);
  } catch {
    return false;
  }
}

/** A smaller and then a larger part of the file with its values written anew: aliases, merged maps, JSON in a text. */
function rewritten(
  text: string,
  path: readonly [string, ...string[]],
  { values, encrypted }: StackFile,
): string[] {
  const parts = path.map((_, index) => path.slice(0, path.length - index)).slice(1);
  return parts.flatMap((part) => {
    const hasSecret = encrypted.some((secret) => part.every((key, index) => secret[index] === key));
    const edit = hasSecret ? undefined : setInPlace(text, part, valueAt(values, part));
    return edit === undefined ? [] : [edit];
  });
}

/** Undefined where there is no place for it. */
function setInPlace(text: string, path: readonly string[], value: unknown): string | undefined {
  const document = parseDocument(text, { merge: false, logLevel: "silent" });
  const config = document.get("config");
  if (!isMap(config)) return undefined;
  const [key, ...rest] = path;
  const name = findPair(config, `${PROJECT}:${key}`)
    ? `${PROJECT}:${key}`
    : findPair(config, key)
      ? key
      : `${PROJECT}:${key}`;
  return setIn(text, config, [name ?? "", ...rest], value);
}

function findPair(map: YAMLMap, key: string | undefined) {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.source === key);
}

function setIn(
  text: string,
  map: YAMLMap,
  [key = "", ...rest]: readonly string[],
  value: unknown,
): string | undefined {
  const pair = findPair(map, key);
  if (pair === undefined) return insert(text, map, [key, ...rest], value);
  if (rest.length > 0 && isMap(pair.value)) return setIn(text, pair.value, rest, value);
  if (rest.length > 0 || !isNode(pair.value) || !pair.value.range) return undefined;
  const [start, end] = pair.value.range;
  const isAtColon = text[start - 1] === ":";
  return text.slice(0, start) + (isAtColon ? " " : "") + flow(value) + text.slice(end);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "range" in value;
}

function insert(text: string, map: YAMLMap, path: readonly string[], value: unknown): string | undefined {
  if (!map.range) return undefined;
  if (!map.flow) return insertLines(text, map, blockLines(path, value, columnOf(text, map)));
  const [key = "", ...rest] = path;
  const [start] = map.range;
  const entry = `${key}: ${flow(nested(rest, value))}`;
  return `${text.slice(0, start + 1)} ${entry}${map.items.length > 0 ? "," : " "}${text.slice(start + 1)}`;
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((below, key) => ({ [key]: below }), value);
}

function blockLines(path: readonly string[], value: unknown, column: number): string[] {
  return path.map((key, index) => {
    const end = index === path.length - 1 ? ` ${flow(value)}` : "";
    return `${" ".repeat(column + 2 * index)}${key}:${end}`;
  });
}

/** In one line. Keys that are words stay without quotes, as people write them. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${flowKey(key)}: ${flow(item)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function flowKey(key: string): string {
  return /^[a-z]\w*$/i.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(key)
    ? key
    : JSON.stringify(key);
}

/** How far the keys of a map are indented. */
function columnOf(text: string, map: YAMLMap): number {
  const start = map.range?.[0] ?? 0;
  return start - (text.lastIndexOf("\n", start - 1) + 1);
}

/** After the last line of a map. */
function insertLines(text: string, map: YAMLMap, lines: readonly string[]): string {
  const end = map.range?.[1] ?? text.length;
  const last = text[end - 1] === "\n" ? end - 1 : text.indexOf("\n", end);
  const at = last < 0 ? text.length : last;
  return `${text.slice(0, at)}\n${lines.join("\n")}${text.slice(at)}`;
}
