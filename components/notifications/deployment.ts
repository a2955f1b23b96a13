import type { Global } from "../core/config/envelope-schema";
import type { Alert } from "../documents/alerts";
import type { Store } from "../documents/store";
import { TLS_FILES } from "../kubernetes/kept-tls";
import type { Manifest } from "../kubernetes/manifest";
import { serviceAccount } from "../kubernetes/pods";
import type { WorkloadSettings } from "../kubernetes/workloads";
import { nodeProgram } from "../node-program/bundle";
import {
  elasticsearchVariables,
  type NodeProgram,
  programConfigMap,
  programTemplate,
} from "../node-program/pod";
import type { EnvironmentInput } from "../node-program/settings";
import {
  ALERTMANAGER_PORT,
  alertmanagerHost,
  certificatesSecret,
  HEALTH_PORT,
  NOTIFIER,
  selectorOf,
  TLS_FOLDER,
} from "./names";
import type { NotificationsConfig } from "./notifications-schema";
import type { ENVIRONMENT } from "./notifier/notifier-settings";

/** Entry of the program. */
export const NOTIFIER_SOURCE = "components/notifications/notifier/notifier-program.ts";

const FOLDER = "/opt/notifier";
const RULES = "rules.json";

export interface NotifierArgs {
  config: NotificationsConfig;
  global: Global;
  namespace: string;
  store: Store;
  workload: WorkloadSettings;
  /** What to look for. */
  rules: readonly Alert[];
  waits: boolean;
}

/** The notifier: its program and the alert rules in a ConfigMap, run by a stock Node image. It keeps nothing. */
export function notifierManifests(args: NotifierArgs): Manifest[] {
  const { config, namespace, store, workload, rules, waits } = args;
  const program: NodeProgram = {
    name: NOTIFIER,
    namespace,
    configMap: "notifier-program",
    folder: FOLDER,
    files: { "notifier.js": nodeProgram(NOTIFIER_SOURCE), [RULES]: JSON.stringify(rules) },
    apiKeySecretRef: config.apiKeySecretRef,
    store,
    workload,
    secrets: [
      {
        name: certificatesSecret(config.certificateGeneration),
        keys: [TLS_FILES.ca, TLS_FILES.clientCertificate, TLS_FILES.clientKey],
        folder: TLS_FOLDER,
      },
    ],
    usesApiServer: false,
    isSmall: true,
    service: { healthPort: HEALTH_PORT },
  };
  return [
    serviceAccount({ name: NOTIFIER, namespace }),
    programConfigMap(program),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name: NOTIFIER,
        namespace,
        ...(waits ? {} : { annotations: { "pulumi.com/skipAwait": "true" } }),
      },
      spec: {
        replicas: 1,
        selector: { matchLabels: selectorOf(NOTIFIER) },
        template: programTemplate(program, { ...variables(args, program) }),
      },
    },
  ];
}

function variables(
  { config, global, namespace, store }: NotifierArgs,
  program: NodeProgram,
): EnvironmentInput<typeof ENVIRONMENT> {
  const { repeatHours, intervalSeconds, kibanaUrl } = config;
  const host = alertmanagerHost({ restricted: namespace });
  return {
    CLUSTER_NAME: global.clusterName,
    ...elasticsearchVariables(program, store.endpoints),
    ALERTMANAGER_URL: `https://${host}:${ALERTMANAGER_PORT}`,
    ALERTMANAGER_CA_FILE: `${TLS_FOLDER}/${TLS_FILES.ca}`,
    ALERTMANAGER_CERTIFICATE_FILE: `${TLS_FOLDER}/${TLS_FILES.clientCertificate}`,
    ALERTMANAGER_KEY_FILE: `${TLS_FOLDER}/${TLS_FILES.clientKey}`,
    RULES_FILE: `${FOLDER}/${RULES}`,
    HOLD_HOURS: String(repeatHours),
    INTERVAL_SECONDS: String(intervalSeconds),
    KIBANA_URL: kibanaUrl,
    HEALTH_PORT: String(HEALTH_PORT),
  };
}
