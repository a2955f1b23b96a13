import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { SecretInputs } from "../contract/resources";
import { ConfigError } from "./config-error";
import { eksContext } from "./eks-context";
import { isRecord, PROJECT, valueAt } from "./issues";
import type { RawConfig } from "./parse";
import { SECRET_PATHS } from "./secret-paths";
import { SECRET_PLACEHOLDER } from "./secrets";
import { fromText, readStackFile } from "./stack-file";

const PREFIX = `${PROJECT}:`;

/** Names the stack file for the program, where it is not `Pulumi.<stack>.yaml` of the project's folder. */
export const STACK_FILE_VARIABLE = "SECURITY_STACK_CONFIG_FILE";

/**
 * The stack config as the Pulumi engine hands it to the program. Nothing else reads Pulumi config.
 * The engine decrypts, and names only the top-level keys that hold something encrypted; which values those are is read
 * from the stack file.
 * @throws ConfigError CFG012 for a file that cannot be read, CFG014 where something is encrypted and the file is another
 */
export function loadFromEngine(): RawConfig {
  const values = engineValues();
  const file = process.env[STACK_FILE_VARIABLE] ?? path.resolve(`Pulumi.${pulumi.getStack()}.yaml`);
  const written = fs.existsSync(file) ? readStackFile(file) : undefined;
  const occasion = { stack: pulumi.getStack(), today: today() };
  if (written && agree(written.values, values)) return { values, encrypted: written.encrypted, occasion };
  const [key] = engineSecretKeys();
  if (key === undefined) return { values, encrypted: [], occasion };
  throw new ConfigError([
    {
      code: "CFG014",
      path: key,
      found: `something encrypted, and ${file} ${written ? "says something else" : "is not there"}`,
      allowed: "a stack file that the program can read too, to see which values are encrypted",
      fix: `set ${STACK_FILE_VARIABLE} to the file that is given to --config-file, or run \`npm run preview\`, \`npm run up\``,
    },
  ]);
}

function engineValues(): Record<string, unknown> {
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(PREFIX));
  return Object.fromEntries(own.map(([key, text]) => [key.slice(PREFIX.length), fromText(text)]));
}

/** Of this project; pulumi/pulumi sdk/nodejs/runtime/config.ts has the variable, its reader there is internal. */
function engineSecretKeys(): string[] {
  const keys: unknown = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]");
  return Array.isArray(keys) ? keys.filter((key) => typeof key === "string" && key.startsWith(PREFIX)) : [];
}

/** Whether a file says what the engine does; of an encrypted value only that there is one. */
function agree(written: unknown, given: unknown): boolean {
  if (written === SECRET_PLACEHOLDER) return given !== undefined;
  if (Array.isArray(written))
    return (
      Array.isArray(given) && written.length === given.length && written.every((v, i) => agree(v, given[i]))
    );
  if (!isRecord(written)) return written === given;
  if (!isRecord(given) || Object.keys(written).length !== Object.keys(given).length) return false;
  return Object.entries(written).every(
    ([key, value]) => Object.hasOwn(given, key) && agree(value, given[key]),
  );
}

/** The values at the config's secret paths, as Pulumi secrets. */
export function readSecrets(raw: RawConfig): SecretInputs {
  const found = SECRET_PATHS.map((path) => [path.join("."), valueAt(raw.values, path)] as const);
  const given = found.filter((entry): entry is readonly [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(given.map(([path, value]) => [path, pulumi.secret(value)]));
}

/**
 * The stack config from its file, without an engine or a key: what `npm run plan` shows. Secrets stay encrypted.
 * @throws ConfigError as `readStackFile` does
 */
export function loadFromFile(file: string): RawConfig {
  return { ...readStackFile(file), occasion: { stack: stackOf(file), today: today() } };
}

/** The stack whose file it is, by the file's name; undefined for one of another name. */
function stackOf(file: string): string | undefined {
  return /^Pulumi\.(.+)\.ya?ml$/.exec(path.basename(file))?.[1];
}

/** In UTC. The plan has no clock: it is given the day. */
function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/**
 * The context of the cluster that a stack config file names, whatever else is in it: `global.context`, or that of the cluster
 * which the stack makes. The current context of the kubeconfig would be another cluster's then.
 */
export function stackContext(file: string): string | undefined {
  const { values } = loadFromFile(file);
  const texts = (...paths: string[][]) => paths.map((path) => textAt(values, path));
  const [cluster, context] = texts(["global", "cluster"], ["global", "context"]);
  if (cluster !== "eks") return context;
  const [clusterName = "", accountId = "", region = ""] = texts(
    ["global", "clusterName"],
    ["eks", "accountId"],
    ["eks", "region"],
  );
  return eksContext({ accountId, region }, clusterName);
}

function textAt(values: unknown, path: readonly string[]): string | undefined {
  const value = valueAt(values, path);
  return typeof value === "string" ? value : undefined;
}

/** `global.policyLevel` of a stack config file as it is written, valid or not. */
export function stackPolicyLevel(file: string): unknown {
  return valueAt(loadFromFile(file).values, ["global", "policyLevel"]);
}
