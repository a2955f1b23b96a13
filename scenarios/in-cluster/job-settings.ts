import { readFileSync } from "node:fs";
import type { Indices } from "../check/expectation";
import type { Scenario } from "../model/scenario-schema";

/** The environment variables of the program; the Job sets them. */
export const ENV = {
  clusterName: "CLUSTER_NAME",
  /** File with the scenarios to run, as JSON: see {@link asData}. */
  scenarios: "SCENARIOS_FILE",
  url: "ELASTICSEARCH_URL",
  apiKeyFile: "ELASTICSEARCH_API_KEY_FILE",
  caFile: "ELASTICSEARCH_CA_FILE",
  /** Names of the indices by what is in them, as JSON. */
  indices: "ELASTICSEARCH_INDICES",
  /** Registry mirror of the test pods' images; may be left out. */
  registry: "IMAGE_REGISTRY",
  /** How long sensors that are not ready yet are waited for; may be left out. */
  sensorSeconds: "SENSOR_SECONDS",
  /** Where the ServiceAccount's token and CA lie; may be left out. */
  serviceAccountFolder: "SERVICE_ACCOUNT_FOLDER",
} as const;

/** A scenario without its samples, which only a replay needs: all of it is data. */
export type ScenarioData = Omit<Scenario, "samples">;

/** Scenarios as the program reads them. */
export function asData(scenarios: readonly Scenario[]): string {
  return JSON.stringify(scenarios.map(({ samples: _, ...data }) => data));
}

export interface Settings {
  clusterName: string;
  scenarios: Scenario[];
  elasticsearch: { url: string; authorization: string; ca?: string };
  indices: Indices;
  registry?: string;
  sensorSeconds: number;
  /** Server and credentials of the API server, as a pod has them. */
  kubernetes: { server: string; caFile: string; tokenFile: string };
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** @throws Error that names the variable which is missing. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const data = JSON.parse(readFileSync(required(env, ENV.scenarios), "utf8")) as ScenarioData[];
  const caFile = env[ENV.caFile];
  return {
    clusterName: required(env, ENV.clusterName),
    scenarios: data.map((scenario) => ({ ...scenario, samples: [] })),
    elasticsearch: {
      url: required(env, ENV.url),
      authorization: `ApiKey ${readFileSync(required(env, ENV.apiKeyFile), "utf8").trim()}`,
      ca: caFile ? readFileSync(caFile, "utf8") : undefined,
    },
    indices: JSON.parse(required(env, ENV.indices)) as Indices,
    registry: env[ENV.registry] || undefined,
    sensorSeconds: Number(env[ENV.sensorSeconds] ?? 0),
    kubernetes: apiServer(env),
  };
}

function apiServer(env: NodeJS.ProcessEnv): Settings["kubernetes"] {
  const host = required(env, "KUBERNETES_SERVICE_HOST");
  const folder = env[ENV.serviceAccountFolder] ?? SERVICE_ACCOUNT;
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${required(env, "KUBERNETES_SERVICE_PORT")}`,
    caFile: `${folder}/ca.crt`,
    tokenFile: `${folder}/token`,
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
