import type { ConfigIssue } from "./config-error";
import { formatPath, isRecord, valueAt } from "./issues";
import { SECRET_PATHS } from "./secret-paths";
import { hasCredentials, SECRET_PLACEHOLDER } from "./secrets";
import type { StackFile } from "./stack-file";
import type { Path } from "./yaml-decode";

/** The config without its secrets: a placeholder for each value that is encrypted or should be. */
export function hideSecrets(raw: Pick<StackFile, "values" | "encrypted">): Record<string, unknown> {
  const paths = [...raw.encrypted, ...SECRET_PATHS].filter((path) => valueAt(raw.values, path) !== undefined);
  let values: unknown = raw.values;
  for (const path of paths) values = withPlaceholder(values, path);
  return isRecord(values) ? values : {};
}

function withPlaceholder(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return SECRET_PLACEHOLDER;
  if (Array.isArray(value))
    return value.map((item, index) => (index === key ? withPlaceholder(item, rest) : item));
  if (!isRecord(value)) return value;
  return { ...value, [key]: withPlaceholder(value[key], rest) };
}

/**
 * What is wrong with secrets in a config, of which `hideSecrets` left the rest.
 * Encrypted values may stand at the secret paths only: of any other a ConfigMap, a label, a name or an output would be
 * made, in clear.
 */
export function checkSecrets(
  values: Readonly<Record<string, unknown>>,
  encrypted: readonly Path[],
): ConfigIssue[] {
  const places = new Set(encrypted.map((path) => formatPath(path)));
  const secrets = SECRET_PATHS.map((path) => formatPath(path));
  const inClear = SECRET_PATHS.filter((path) => valueAt(values, path) === SECRET_PLACEHOLDER)
    .map((path) => formatPath(path))
    .filter((path) => !places.has(path));
  return [
    ...inClear.map(secretInClear),
    ...[...places].filter((path) => !secrets.includes(path)).map(misplaced),
    ...credentials(values, []),
  ];
}

function secretInClear(path: string): ConfigIssue {
  return {
    code: "CFG010",
    path,
    allowed: "a Pulumi secret",
    fix: `pulumi config set --secret --path '${path}' <value>, and treat the value that was written here as leaked`,
  };
}

function misplaced(path: string): ConfigIssue {
  return {
    code: "CFG013",
    path,
    allowed: `a value in clear; encrypted are only ${SECRET_PATHS.map((secret) => formatPath(secret)).join(", ")}`,
    fix: "write it without --secret if it is none, else give it by a Secret of the cluster (authSecretRef)",
  };
}

function credentials(value: unknown, path: Path): ConfigIssue[] {
  if (typeof value === "string" && hasCredentials(value)) return [urlInClear(formatPath(path))];
  if (Array.isArray(value)) return value.flatMap((item, index) => credentials(item, [...path, index]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => credentials(item, [...path, key]));
}

function urlInClear(path: string): ConfigIssue {
  return {
    code: "CFG010",
    path,
    allowed: "no user name or password in a URL: name a Secret instead, as authSecretRef does",
    fix: "take it out, and treat the password that was written here as leaked",
  };
}
