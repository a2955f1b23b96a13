import * as z from "zod/mini";
import type { DenyPolicy } from "../../core/contract/contribution";
import type { Target } from "../../node-program/http-client";
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
} from "../../node-program/settings";
import type { PlannedRule } from "./planned-rule";

/** The environment variables of the program; the Deployment sets them. */
export const ENVIRONMENT = {
  ...ELASTICSEARCH,
  ...API_SERVER,
  CLUSTER_NAME: text,
  RESPONSES_INDEX: text,
  /** What is to be done, as JSON of {@link Orders}. */
  ORDERS_FILE: file,
  WEBHOOK_PORT: amount,
  WEBHOOK_CERTIFICATE_FILE: file,
  WEBHOOK_KEY_FILE: file,
  WEBHOOK_CA_FILE: file,
  WEBHOOK_TOKEN_FILE: file,
  HEALTH_PORT: amount,
  /** Between two looks at what is open. */
  INTERVAL_MS: z._default(amount, 10_000),
} satisfies Environment;

/** What the plan says that is to be done, and where. */
export interface Orders {
  rules: readonly PlannedRule[];
  namespaces: readonly string[];
  /** Those of the stack itself. */
  ownNamespaces: readonly string[];
  recordsNamespace: string;
  exemptLabels: Readonly<Record<string, string>>;
  maxEventAgeMinutes: number;
  approvalMinutes: number;
  budgets: { perHour: number; workloadPercent: number };
  /** Of the network, put on a quarantined pod beside the NetworkPolicy. */
  denyPolicies: readonly DenyPolicy[];
}

export interface WebhookSettings {
  port: number;
  cert: string;
  key: string;
  /** Of whoever posts. */
  ca: string;
  token: string;
}

export interface ResponderSettings {
  elasticsearch: readonly [Target, ...Target[]];
  apiServer: ApiServer;
  clusterName: string;
  index: string;
  orders: Orders;
  webhook: WebhookSettings;
  healthPort: number;
  intervalMs: number;
}

/** @throws Error that names the variables which are missing or wrong */
export function responderSettings(env: NodeJS.ProcessEnv): ResponderSettings {
  const settings = readSettings(ENVIRONMENT, env);
  return {
    elasticsearch: elasticsearchTargets(settings),
    apiServer: apiServer(settings),
    clusterName: settings.CLUSTER_NAME,
    index: settings.RESPONSES_INDEX,
    orders: ordersOf(settings.ORDERS_FILE),
    webhook: {
      port: settings.WEBHOOK_PORT,
      cert: settings.WEBHOOK_CERTIFICATE_FILE,
      key: settings.WEBHOOK_KEY_FILE,
      ca: settings.WEBHOOK_CA_FILE,
      token: settings.WEBHOOK_TOKEN_FILE.trim(),
    },
    healthPort: settings.HEALTH_PORT,
    intervalMs: settings.INTERVAL_MS,
  };
}

/** Written by the plan of the same version. */
function ordersOf(json: string): Orders {
  return JSON.parse(json);
}
