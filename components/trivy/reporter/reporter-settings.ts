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
  file,
  readSettings,
  type Settings,
  text,
  word,
} from "../../node-program/settings";
import type { Exploitation } from "../exploitation/exploitation";
import type { FeedSource } from "../exploitation/feed-source";
import { TRIVY_SEVERITIES } from "../trivy-severities";
import { kindsOf } from "./all-kinds";
import type { FindingsIndex } from "./report-kind";
import { RETRY_POLICY, type RetryPolicy } from "./retry";
import type { ReporterOptions, TrivySeverity } from "./types";

const THRESHOLDS = Object.keys(TRIVY_SEVERITIES) as [TrivySeverity, ...TrivySeverity[]];

/** The environment variables of the program; the CronJob sets them. */
export const ENVIRONMENT = {
  ...API_SERVER,
  ...ELASTICSEARCH,
  CLUSTER_NAME: text,
  ELASTICSEARCH_INDEX: text,
  ELASTICSEARCH_POSTURE_INDEX: text,
  /** What trivy-operator runs, separated by commas; not all of them make reports that become findings. */
  SCANNERS: text,
  SEVERITY_THRESHOLD: word(THRESHOLDS),
  SCANNER_IMAGE: z.optional(text),
  CLOSE_AFTER_MINUTES: amount,
  /** Each list by address or as a file; without both it is not used. */
  KEV_URL: z.optional(text),
  KEV_CA_FILE: z.optional(file),
  KEV_FILE: z.optional(text),
  EPSS_URL: z.optional(text),
  EPSS_CA_FILE: z.optional(file),
  EPSS_FILE: z.optional(text),
  LISTS_REFRESH_HOURS: amount,
  LISTS_MAX_AGE_DAYS: amount,
  EPSS_HIGH: amount,
  /** How long a server that does not answer is waited for; may be left out. */
  RETRY_SECONDS: z.optional(amount),
} satisfies Environment;

export interface ReporterSettings {
  kubernetes: Target;
  elasticsearch: readonly Target[];
  indices: Readonly<Record<FindingsIndex, string>>;
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
    indices: { vulnerabilities: settings.ELASTICSEARCH_INDEX, posture: settings.ELASTICSEARCH_POSTURE_INDEX },
    options: {
      scanners: kindsOf(settings.SCANNERS.split(",")).map(({ scanner }) => scanner),
      clusterName: settings.CLUSTER_NAME,
      severityThreshold: settings.SEVERITY_THRESHOLD,
      closeAfterMs: settings.CLOSE_AFTER_MINUTES * 60_000,
      exploitation: exploitationOf(settings),
      scannerImage: settings.SCANNER_IMAGE,
      now: new Date(),
    },
    policy: retrySeconds === undefined ? RETRY_POLICY : { ...RETRY_POLICY, budgetMs: retrySeconds * 1000 },
  };
}

function exploitationOf(settings: Settings<typeof ENVIRONMENT>): Exploitation {
  const kev = sourceOf(settings.KEV_FILE, settings.KEV_URL, settings.KEV_CA_FILE);
  const epss = sourceOf(settings.EPSS_FILE, settings.EPSS_URL, settings.EPSS_CA_FILE);
  return {
    ...(kev && { kev }),
    ...(epss && { epss }),
    refreshMs: settings.LISTS_REFRESH_HOURS * 3_600_000,
    maxAgeMs: settings.LISTS_MAX_AGE_DAYS * 86_400_000,
    highEpss: settings.EPSS_HIGH,
  };
}

function sourceOf(path: string | undefined, url: string | undefined, ca?: string): FeedSource | undefined {
  if (path !== undefined) return { file: path };
  return url === undefined ? undefined : { url, ca };
}
