import * as fs from "node:fs";
import { TRIVY_SEVERITIES } from "../trivy-severities";
import type { Target } from "./http";
import { RETRY_POLICY, type RetryPolicy } from "./retry";
import type { ReporterOptions, TrivySeverity } from "./types";

/** The environment variables of the program; the CronJob sets them. */
export const ENV = {
  clusterName: "CLUSTER_NAME",
  /** Addresses, separated by spaces. */
  urls: "ELASTICSEARCH_URLS",
  apiKeyFile: "ELASTICSEARCH_API_KEY_FILE",
  caFile: "ELASTICSEARCH_CA_FILE",
  index: "ELASTICSEARCH_INDEX",
  severityThreshold: "SEVERITY_THRESHOLD",
  closeAfterMinutes: "CLOSE_AFTER_MINUTES",
  /** How long a server that does not answer is waited for; may be left out. */
  retrySeconds: "RETRY_SECONDS",
  /** Where the ServiceAccount's token and CA lie; may be left out. */
  serviceAccountFolder: "SERVICE_ACCOUNT_FOLDER",
} as const;

export interface Settings {
  elasticsearch: Target[];
  index: string;
  options: ReporterOptions;
  policy: RetryPolicy;
}

/** @throws Error that names the variable which is missing or wrong. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const apiKey = readFile(env, ENV.apiKeyFile).trim();
  const ca = env[ENV.caFile] ? readFile(env, ENV.caFile) : undefined;
  return {
    elasticsearch: elasticsearchTargets(required(env, ENV.urls).split(/\s+/), apiKey, ca),
    index: required(env, ENV.index),
    options: {
      clusterName: required(env, ENV.clusterName),
      severityThreshold: severity(required(env, ENV.severityThreshold)),
      closeAfterMs: amount(env, ENV.closeAfterMinutes) * 60_000,
      now: new Date(),
    },
    policy: retryPolicy(env),
  };
}

/** @param apiKey Encoded, as Elasticsearch gives it on creation. */
export function elasticsearchTargets(urls: readonly string[], apiKey: string, ca?: string): Target[] {
  return urls.map((url) => ({ url, ca, headers: { authorization: `ApiKey ${apiKey}` } }));
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The API server as a pod reaches it, with the token of its ServiceAccount. */
export function inClusterApi(env: NodeJS.ProcessEnv): Target {
  const host = required(env, "KUBERNETES_SERVICE_HOST");
  const port = required(env, "KUBERNETES_SERVICE_PORT");
  const folder = env[ENV.serviceAccountFolder] ?? SERVICE_ACCOUNT;
  const token = fs.readFileSync(`${folder}/token`, "utf8").trim();
  return {
    url: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ca: fs.readFileSync(`${folder}/ca.crt`, "utf8"),
    headers: { authorization: `Bearer ${token}` },
  };
}

export function severity(text: string): TrivySeverity {
  if (Object.hasOwn(TRIVY_SEVERITIES, text)) return text as TrivySeverity;
  throw new Error(`severity ${text}: one of ${Object.keys(TRIVY_SEVERITIES).join(", ")}`);
}

function retryPolicy(env: NodeJS.ProcessEnv): RetryPolicy {
  return env[ENV.retrySeconds]
    ? { ...RETRY_POLICY, budgetMs: amount(env, ENV.retrySeconds) * 1000 }
    : RETRY_POLICY;
}

function amount(env: NodeJS.ProcessEnv, name: string): number {
  const text = required(env, name);
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`${name}=${text}: a number, not below 0`);
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

function readFile(env: NodeJS.ProcessEnv, name: string): string {
  const path = required(env, name);
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`${name}=${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
