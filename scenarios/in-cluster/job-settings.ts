import * as z from "zod/mini";
import type { Target } from "../../components/node-program/http-client";
import {
  API_SERVER,
  type ApiServer,
  amount,
  apiServer,
  ELASTICSEARCH,
  type Environment,
  elasticsearchTargets,
  file,
  readSettings,
  text,
} from "../../components/node-program/settings";
import type { Indices } from "../check/expectation";
import type { Scenario } from "../model/scenario-schema";

/** The environment variables of the program; the Job sets them. */
export const ENVIRONMENT = {
  ...API_SERVER,
  ...ELASTICSEARCH,
  CLUSTER_NAME: text,
  /** The scenarios to run, as JSON. */
  SCENARIOS_FILE: file,
  /** Names of the indices by what is in them, as JSON. */
  ELASTICSEARCH_INDICES: text,
  /** Registry mirror of the test pods' images; may be left out. */
  IMAGE_REGISTRY: z.optional(text),
  /** How long sensors that are not ready yet are waited for; may be left out. */
  SENSOR_SECONDS: z._default(amount, 0),
} satisfies Environment;

export interface RunnerSettings {
  clusterName: string;
  scenarios: Scenario[];
  elasticsearch: Target;
  indices: Indices;
  registry?: string;
  sensorSeconds: number;
  kubernetes: ApiServer;
}

/** @throws Error that names the variables which are missing or wrong */
export function runnerSettings(env: NodeJS.ProcessEnv): RunnerSettings {
  const settings = readSettings(ENVIRONMENT, env);
  return {
    clusterName: settings.CLUSTER_NAME,
    scenarios: JSON.parse(settings.SCENARIOS_FILE) as Scenario[],
    elasticsearch: elasticsearchTargets(settings)[0],
    indices: JSON.parse(settings.ELASTICSEARCH_INDICES) as Indices,
    registry: settings.IMAGE_REGISTRY,
    sensorSeconds: settings.SENSOR_SECONDS,
    kubernetes: apiServer(settings),
  };
}
