import * as z from "zod/mini";
import type { Target } from "../../node-program/http-client";
import {
  API_SERVER,
  amount,
  apiServer,
  apiServerTarget,
  ELASTICSEARCH,
  type Environment,
  elasticsearchTargets,
  readSettings,
  text,
  word,
} from "../../node-program/settings";
import { TRIVY_SEVERITIES } from "../trivy-severities";
import { RETRY_POLICY, type RetryPolicy } from "./retry";
import type { ReporterOptions, TrivySeverity } from "./types";

const THRESHOLDS = Object.keys(TRIVY_SEVERITIES) as [TrivySeverity, ...TrivySeverity[]];

/** The environment variables of the program; the CronJob sets them. */
export const ENVIRONMENT = {
  ...API_SERVER,
  ...ELASTICSEARCH,
  CLUSTER_NAME: text,
  ELASTICSEARCH_INDEX: text,
  SEVERITY_THRESHOLD: word(THRESHOLDS),
  CLOSE_AFTER_MINUTES: amount,
  /** How long a server that does not answer is waited for; may be left out. */
  RETRY_SECONDS: z.optional(amount),
} satisfies Environment;

export interface ReporterSettings {
  kubernetes: Target;
  elasticsearch: readonly Target[];
  index: string;
  options: ReporterOptions;
  policy: RetryPolicy;
}

/** @throws Error that names the variables which are missing or wrong */
export function reporterSettings(env: NodeJS.ProcessEnv): ReporterSettings {
  const settings = readSettings(ENVIRONMENT, env);
  const { RETRY_SECONDS: retrySeconds } = settings;
  return {
    kubernetes: apiServerTarget(apiServer(settings)),
    elasticsearch: elasticsearchTargets(settings),
    index: settings.ELASTICSEARCH_INDEX,
    options: {
      clusterName: settings.CLUSTER_NAME,
      severityThreshold: settings.SEVERITY_THRESHOLD,
      closeAfterMs: settings.CLOSE_AFTER_MINUTES * 60_000,
      now: new Date(),
    },
    policy: retrySeconds === undefined ? RETRY_POLICY : { ...RETRY_POLICY, budgetMs: retrySeconds * 1000 },
  };
}
