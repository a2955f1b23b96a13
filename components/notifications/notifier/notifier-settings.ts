import * as z from "zod/mini";
import type { Alert } from "../../documents/alerts";
import type { Target } from "../../node-program/http-client";
import {
  amount,
  ELASTICSEARCH,
  type Environment,
  elasticsearchTargets,
  file,
  readSettings,
  text,
} from "../../node-program/settings";

/** The environment variables of the program; the Deployment sets them. */
export const ENVIRONMENT = {
  ...ELASTICSEARCH,
  CLUSTER_NAME: text,
  ALERTMANAGER_URL: text,
  ALERTMANAGER_CA_FILE: file,
  ALERTMANAGER_CERTIFICATE_FILE: file,
  ALERTMANAGER_KEY_FILE: file,
  /** The alert rules as JSON. */
  RULES_FILE: file,
  /** How long an alert is held after its last event. */
  HOLD_HOURS: amount,
  INTERVAL_SECONDS: amount,
  KIBANA_URL: z.optional(text),
  HEALTH_PORT: amount,
} satisfies Environment;

export interface NotifierSettings {
  elasticsearch: readonly [Target, ...Target[]];
  alertmanager: Target;
  intervalMs: number;
  healthPort: number;
  pass: PassSettings;
}

/** What one pass needs to know. */
export interface PassSettings {
  rules: readonly Alert[];
  clusterName: string;
  holdMs: number;
  /** How long a state that was seen is held without being seen again. */
  stateHoldMs: number;
  kibanaUrl: string | undefined;
}

const HOUR_MS = 3_600_000;
const STATE_INTERVALS = 5;
const LEAST_STATE_MS = 600_000;

/** @throws Error that names the variables which are missing or wrong */
export function notifierSettings(env: NodeJS.ProcessEnv): NotifierSettings {
  const settings = readSettings(ENVIRONMENT, env);
  const intervalMs = settings.INTERVAL_SECONDS * 1000;
  return {
    elasticsearch: elasticsearchTargets(settings),
    alertmanager: {
      url: settings.ALERTMANAGER_URL,
      ca: settings.ALERTMANAGER_CA_FILE,
      cert: settings.ALERTMANAGER_CERTIFICATE_FILE,
      key: settings.ALERTMANAGER_KEY_FILE,
    },
    intervalMs,
    healthPort: settings.HEALTH_PORT,
    pass: {
      rules: rulesOf(settings.RULES_FILE),
      clusterName: settings.CLUSTER_NAME,
      holdMs: settings.HOLD_HOURS * HOUR_MS,
      stateHoldMs: Math.max(LEAST_STATE_MS, STATE_INTERVALS * intervalMs),
      kibanaUrl: settings.KIBANA_URL,
    },
  };
}

/** Written by the plan of the same version. */
function rulesOf(json: string): readonly Alert[] {
  return JSON.parse(json);
}
