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
import type { ReadOptions } from "./arrivals";
import { parseRules, type ResolvedRule } from "./resolved-rule";

/** The environment variables of the program; the CronJob sets them. */
export const ENVIRONMENT = {
  ...ELASTICSEARCH,
  CLUSTER_NAME: text,
  EVENTS_INDEX: text,
  CORRELATIONS_INDEX: text,
  LATENESS_MINUTES: amount,
  RULES_FILE: file,
} satisfies Environment;

export interface CorrelatorSettings {
  elasticsearch: readonly Target[];
  rules: ResolvedRule[];
  options: ReadOptions;
}

/** @throws Error that names the variables which are missing or wrong */
export function correlatorSettings(env: NodeJS.ProcessEnv): CorrelatorSettings {
  const settings = readSettings(ENVIRONMENT, env);
  return {
    elasticsearch: elasticsearchTargets(settings),
    rules: parseRules(settings.RULES_FILE),
    options: {
      events: settings.EVENTS_INDEX,
      correlations: settings.CORRELATIONS_INDEX,
      clusterName: settings.CLUSTER_NAME,
      latenessMs: settings.LATENESS_MINUTES * 60_000,
      now: new Date(),
    },
  };
}
