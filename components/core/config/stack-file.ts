import * as fs from "node:fs";
import { LineCounter, parseAllDocuments, type YAMLParseError } from "yaml";
import { ConfigError, type ConfigIssue } from "./config-error";
import { formatPath, PROJECT } from "./issues";
import { SECRET_PLACEHOLDER } from "./secrets";
import {
  DecodeError,
  decode,
  isValueMap,
  type Key,
  type Path,
  type Value,
  type ValueMap,
} from "./yaml-decode";
import { findForeignCharacter, findForeignSyntax } from "./yaml-syntax";
import { readBack } from "./yaml-text";

// The stack file as the Pulumi CLI reads it (github.com/pulumi/pulumi/sdk/v3 v3.220.0, go/common/workspace/loaders.go and
// go/common/resource/config): the one reader of it, for every command. test/unit/stack-file-property.test.ts compares it
// with the SDK's own.

/** What a stack file says; an encrypted value is `SECRET_PLACEHOLDER`. */
export interface StackFile {
  /** This project's config as the program gets it, by key without the project's prefix. */
  values: Record<string, unknown>;
  /** Where the encrypted values of it are. */
  encrypted: readonly Path[];
  /** Config of providers and other projects, by its whole key. */
  others: Record<string, unknown>;
  /** Whether something there is encrypted. */
  othersEncrypted: boolean;
}

const EMPTY: StackFile = { values: {}, encrypted: [], others: {}, othersEncrypted: false };

/**
 * Reads a stack file.
 * @throws ConfigError CFG012 where Pulumi could not read it, CFG014 where it takes values from elsewhere
 */
export function readStackFile(file: string): StackFile {
  return parseStackFile(textOf(fs.readFileSync(file), file), file);
}

/** Without a byte order mark, which the decoder leaves out as Pulumi does. */
function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refused(file, "bytes that are no UTF-8");
  }
}

/**
 * Reads the text of a stack file.
 * @param file its name, for errors
 * @throws ConfigError as `readStackFile` does
 */
export function parseStackFile(text: string, file: string): StackFile {
  try {
    return configOf(decode(contentOf(text, file)), file);
  } catch (error) {
    if (error instanceof DecodeError) throw refused(pathInFile(error.path, file), error.message);
    // A file of thousands of levels; Pulumi has a limit of its own.
    if (error instanceof RangeError) throw refused(file, "too many levels");
    throw error;
  }
}

function contentOf(text: string, file: string): unknown {
  const character = findForeignCharacter(text);
  if (character) throw refused(`${file}:${character.line}`, character.what);
  const lineCounter = new LineCounter();
  // No tag is resolved and no merge key followed here: yaml-decode.ts does it as Pulumi does. Of several documents
  // Pulumi reads the first.
  const documents = parseAllDocuments(text, {
    schema: "failsafe",
    resolveKnownTags: false,
    merge: false,
    uniqueKeys: false,
    logLevel: "silent",
    lineCounter,
  });
  const document = Array.isArray(documents) ? documents[0] : undefined;
  const problem = document?.errors[0];
  const foreign = findForeignSyntax(text);
  // The first of both: what comes after is often a consequence.
  if (foreign && !(problem && lineOf(problem) < foreign.line))
    throw refused(`${file}:${foreign.line}`, foreign.what);
  if (problem) throw refused(placeOf(problem, file), yamlProblem(problem));
  return document?.contents ?? null;
}

/** What a YAML parser says is wrong, without the text it saw there, which may be a part of a secret. */
export function yamlProblem(error: Pick<YAMLParseError, "message">): string {
  const [line = ""] = error.message.split("\n");
  return line.replace(/ at line \d.*$/, "").replace(/:?\s*["'`].*$/, "");
}

function lineOf(problem: YAMLParseError): number {
  return problem.linePos?.[0].line ?? 0;
}

function placeOf(problem: YAMLParseError, file: string): string {
  const at = problem.linePos?.[0];
  return at ? `${file}:${at.line}:${at.col}` : file;
}

function refused(path: string, found: string): ConfigError {
  return new ConfigError([
    { code: "CFG012", path, found, allowed: "what Pulumi can read: one YAML document" },
  ]);
}

/** In the words of the config where it is in there, else below the file's name. */
function pathInFile(path: Path, file: string): string {
  const [first, key, ...rest] = path;
  if (first !== "config" || typeof key !== "string") return [file, ...path].join(": ");
  const name = ownName(key);
  return name === undefined ? [file, ...path].join(": ") : formatPath([name, ...rest]);
}

/** Texts by the name of the struct's field; Pulumi reads no file in which one of them is a map or a list. */
const TEXT_FIELDS = ["secretsprovider", "encryptedkey", "encryptionsalt"];

function configOf(root: Value, file: string): StackFile {
  if (root === null) return EMPTY;
  if (!isValueMap(root)) throw new DecodeError("no map", []);
  if (!root.plainKeys) refuseOtherKeys(root, []);
  for (const field of TEXT_FIELDS)
    if (typeof fieldOf(root, field) === "object" && fieldOf(root, field) !== null)
      throw new DecodeError("no text", [field]);
  if ((fieldOf(root, "environment") ?? null) !== null) throw new ConfigError([environmentIssue(file)]);
  const config = fieldOf(root, "config") ?? null;
  if (config === null) return EMPTY;
  if (!isValueMap(config)) throw new DecodeError("no map", ["config"]);
  // Of a root with such keys Pulumi makes one of texts, and of every map right in it too.
  return splitConfig(root.plainKeys ? config : { ...config, plainKeys: true });
}

function fieldOf(map: ValueMap, name: string): Value | undefined {
  return [...map.entries.values()].find(({ key }) => key.text === name)?.value;
}

function environmentIssue(file: string): ConfigIssue {
  return {
    code: "CFG014",
    path: `${file}: environment`,
    found: "a Pulumi ESC environment, whose values only the engine sees",
    allowed: "values in the file itself",
    fix: "write them under `config`, encrypted ones with `pulumi config set --secret --path`, and remove `environment`",
  };
}

// Where a key is no text Pulumi makes it one or refuses the file, depending on the types of Go that the maps around it
// happen to have (SimplifyMarshalledValue).
function refuseOtherKeys(value: Value, path: Path): void {
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) refuseOtherKeys(item, [...path, index]);
  if (typeof value !== "object" || value === null || Array.isArray(value) || value.plainKeys) return;
  for (const { key, value: below } of value.entries.values()) {
    if (!key.isText) throw new DecodeError("a key that is no text", [...path, key.text]);
    refuseOtherKeys(below, [...path, key.text]);
  }
}

/** What is found where Pulumi takes one of two values by chance. */
export const TWICE_BY_PREFIX = "a key that is there with the project's name before it and without";

function splitConfig(config: ValueMap): StackFile {
  const own = new Map<string, Plain>();
  const others = new Map<string, Plain>();
  for (const { key, value } of config.entries.values()) {
    const inFile = ["config", key.source];
    if (key.isNull) continue;
    const parsed = parseKey(key, config.plainKeys);
    if (parsed === undefined) throw new DecodeError("a key that is not `<project>:<name>`", inFile);
    const isOwn = parsed.project === PROJECT;
    const [target, name] = isOwn ? [own, parsed.name] : [others, `${parsed.project}:${parsed.name}`];
    // Which of the two counts differs from run to run of Pulumi.
    if (target.has(name)) throw new DecodeError(TWICE_BY_PREFIX, inFile);
    target.set(name, plainValue(value, [parsed.name], inFile));
  }
  return {
    values: valuesOf(own, topLevel),
    encrypted: [...own.values()].flatMap((plain) => plain.encrypted),
    others: valuesOf(others, (value) => value),
    othersEncrypted: [...others.values()].some((plain) => plain.encrypted.length > 0),
  };
}

function valuesOf(
  map: ReadonlyMap<string, Plain>,
  read: (value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries([...map].map(([key, plain]) => [key, read(plain.value)]));
}

/** `name`, `project:name` or `project:config:name`. */
function parseKey(
  { text, source }: Pick<Key, "text" | "source">,
  plainKeys: boolean,
): { project: string; name: string } | undefined {
  const parts = (plainKeys ? text : source).split(":");
  if (parts.length === 1 && plainKeys) return { project: PROJECT, name: text };
  if (parts.length === 3 && parts[1] !== "config") return undefined;
  const [project, name] = [parts[0], parts.at(-1)];
  return parts.length < 2 || parts.length > 3 || project === undefined || name === undefined
    ? undefined
    : { project, name };
}

function ownName(key: string): string | undefined {
  const parsed = parseKey({ text: key, source: key }, true);
  return parsed?.project === PROJECT ? parsed.name : undefined;
}

/** The engine hands every key over as text, and the program reads JSON where it is some. */
function topLevel(value: unknown): unknown {
  if (value === null) return "";
  return typeof value === "string" ? fromText(value) : value;
}

/** A config value as the program gets it: maps and lists are JSON, and so may be a text that someone wrote. */
export function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

interface Plain {
  value: unknown;
  encrypted: readonly Path[];
}

/** As JSON has it, with what is encrypted put aside. */
function plainValue(value: Value, path: Path, inFile: Path): Plain {
  if (typeof value === "bigint") return { value: Number(value), encrypted: [] };
  if (typeof value === "number") {
    if (Number.isFinite(value)) return { value: value + 0, encrypted: [] };
    throw new DecodeError("a number that JSON does not have", inFile);
  }
  if (typeof value === "string") return { value: asReadBack(value, inFile), encrypted: [] };
  if (typeof value !== "object" || value === null) return { value, encrypted: [] };
  if (Array.isArray(value)) {
    const items = value.map((item, index) => plainValue(item, [...path, index], [...inFile, index]));
    return { value: items.map((item) => item.value), encrypted: items.flatMap((item) => item.encrypted) };
  }
  if (isEncrypted(value)) return { value: SECRET_PLACEHOLDER, encrypted: [path] };
  const entries = [...value.entries.values()].map(
    ({ key, value: below }) =>
      [key.text, plainValue(below, [...path, key.text], [...inFile, key.text])] as const,
  );
  return {
    value: Object.fromEntries(entries.map(([key, plain]) => [key, plain.value])),
    encrypted: entries.flatMap(([, plain]) => plain.encrypted),
  };
}

function asReadBack(text: string, inFile: Path): string {
  const read = readBack(text);
  if (read !== undefined) return read;
  throw new DecodeError("several lines of text that begin with a tab", inFile);
}

function isEncrypted({ entries }: ValueMap): boolean {
  const [only] = entries.values();
  return entries.size === 1 && only?.key.text === "secure" && typeof only.value === "string";
}
