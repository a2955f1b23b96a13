import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parseDocument } from "yaml";
import type { SecretInputs } from "../contract/resources";
import { ConfigError } from "./config-error";
import { SECRET_PATHS } from "./envelope-schema";
import { describe, isRecord, PROJECT, valueAt } from "./issues";
import type { RawConfig } from "./parse";

const PREFIX = `${PROJECT}:`;

/** The stack config as the Pulumi engine hands it to the program. Nothing else reads Pulumi config. */
export function loadFromEngine(): RawConfig {
  const all = pulumi.runtime.allConfig();
  const values: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(all)) {
    if (key.startsWith(PREFIX)) values[key.slice(PREFIX.length)] = parseJson(text);
  }
  // The engine decrypts nested secrets and tells only which top-level keys hold any, in this variable
  // (pulumi/pulumi sdk/nodejs/runtime/config.ts; its reader there is internal).
  const secretKeys: unknown = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]");
  const isSecret = (key: string) => Array.isArray(secretKeys) && secretKeys.includes(key);
  return { values, isSecret: (path) => isSecret(`${PREFIX}${String(path[0])}`) };
}

// The engine turns maps and lists into JSON; a plain string at the top level stays as it is and is then
// refused by the schema.
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The values at the config's secret paths, as Pulumi secrets. */
export function readSecrets(raw: RawConfig): SecretInputs {
  const found = SECRET_PATHS.map((path) => [path.join("."), valueAt(raw.values, path)] as const);
  const given = found.filter((entry): entry is readonly [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(given.map(([path, value]) => [path, pulumi.secret(value)]));
}

/**
 * The stack config from its file, without an engine: what `npm run plan` shows. Secrets stay encrypted.
 * @throws ConfigError CFG012 where the file is not valid YAML (a duplicate key included).
 */
export function loadFromFile(file: string): RawConfig {
  const document = parseDocument(fs.readFileSync(file, "utf8"));
  const problem = document.errors[0];
  if (problem) throw new ConfigError([{ code: "CFG012", path: file, found: problem.message.split("\n")[0] }]);
  const root: unknown = document.toJS();
  const config = isRecord(root) ? root["config"] : undefined;
  if (!isRecord(config))
    throw new ConfigError([{ code: "CFG012", path: file, found: describe(root), allowed: "a map `config`" }]);
  const own = Object.entries(config).filter(([key]) => key.startsWith(PREFIX));
  const values = Object.fromEntries(own.map(([key, value]) => [key.slice(PREFIX.length), value]));
  return {
    values,
    isSecret: (path) => isEncrypted(valueAt(values, path)) || isEncrypted(values[String(path[0])]),
  };
}

/** `global.context` of a stack config file, whatever else is in it. */
export function stackContext(file: string): string | undefined {
  const context = valueAt(loadFromFile(file).values, ["global", "context"]);
  return typeof context === "string" ? context : undefined;
}

function isEncrypted(value: unknown): boolean {
  return isRecord(value) && typeof value["secure"] === "string";
}
