import type { Global } from "../core/config/envelope-schema";
import { allEvents, type Store } from "../documents/store";
import type { Manifest } from "../kubernetes/manifest";
import { networkPolicy, toEndpoint } from "../kubernetes/network-policies";
import { serviceAccount } from "../kubernetes/pods";
import type { WorkloadSettings } from "../kubernetes/workloads";
import { nodeProgram } from "../node-program/bundle";
import { elasticsearchVariables, type NodeProgram, programConfigMap } from "../node-program/pod";
import { programCronJob } from "../node-program/program-cron-job";
import type { EnvironmentInput } from "../node-program/settings";
import type { CorrelationConfig } from "./correlation-schema";
import type { ENVIRONMENT } from "./program/correlator-settings";
import type { ResolvedRule } from "./program/resolved-rule";

export const CORRELATOR = "correlator";
/** Entry of the program. */
export const CORRELATOR_SOURCE = "components/correlation/program/correlator-program.ts";

const FOLDER = "/opt/correlator";
const RULES = "rules.json";
// A pass takes seconds; the first after an outage reads what came meanwhile.
const DEADLINE_SECONDS = 600;

export interface CorrelatorArgs {
  namespace: string;
  config: CorrelationConfig;
  rules: readonly ResolvedRule[];
  global: Global;
  elasticsearch: Store;
  workload: WorkloadSettings;
}

/** The CronJob that looks for chains every minute: its program and the rules in a ConfigMap, run by a stock Node image. */
export function correlatorManifests(args: CorrelatorArgs): Manifest[] {
  const { namespace, config, rules, elasticsearch, workload } = args;
  const program: NodeProgram = {
    name: CORRELATOR,
    namespace,
    configMap: "correlator-program",
    folder: FOLDER,
    files: {
      "correlator.js": nodeProgram(CORRELATOR_SOURCE),
      [RULES]: `${JSON.stringify(rules, null, 1)}\n`,
    },
    apiKeySecretRef: config.apiKeySecretRef,
    store: elasticsearch,
    workload,
    usesApiServer: false,
    isSmall: true,
  };
  return [
    serviceAccount({ name: CORRELATOR, namespace }),
    programConfigMap(program),
    programCronJob(
      program,
      { schedule: "* * * * *", deadlineSeconds: DEADLINE_SECONDS },
      { ...variables(args, program) },
    ),
    networkPolicy(
      { name: CORRELATOR, namespace },
      { "app.kubernetes.io/name": CORRELATOR },
      { egress: elasticsearch.endpoints.map((endpoint) => toEndpoint(endpoint, elasticsearch.podPort)) },
    ),
  ];
}

function variables(
  { config, global, elasticsearch }: CorrelatorArgs,
  program: NodeProgram,
): EnvironmentInput<typeof ENVIRONMENT> {
  const { endpoints, indices } = elasticsearch;
  return {
    CLUSTER_NAME: global.clusterName,
    ...elasticsearchVariables(program, endpoints),
    EVENTS_INDEX: allEvents(indices),
    CORRELATIONS_INDEX: indices.correlations,
    LATENESS_MINUTES: String(config.latenessMinutes),
    RULES_FILE: `${FOLDER}/${RULES}`,
  };
}
