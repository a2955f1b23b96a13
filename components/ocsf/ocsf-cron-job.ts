import type { NetworkPolicyEgressRule } from "kubernetes-types/networking/v1";
import type { AwsRights } from "../core/contract/aws-rights";
import { serviceUrl } from "../core/tables/eks";
import type { ToolDocuments } from "../documents/documents";
import type { Store } from "../documents/store";
import { keptPosition, positionConfigMap } from "../forwarding/kept-position";
import type { Manifest } from "../kubernetes/manifest";
import {
  ANYWHERE,
  networkPolicy,
  tcp,
  toApiServer,
  toEndpoint,
  toPodIdentity,
} from "../kubernetes/network-policies";
import { serviceAccount } from "../kubernetes/pods";
import type { WorkloadSettings } from "../kubernetes/workloads";
import { nodeProgram } from "../node-program/bundle";
import { elasticsearchVariables, type NodeProgram, podLabels, programConfigMap } from "../node-program/pod";
import { programCronJob } from "../node-program/program-cron-job";
import type { EnvironmentInput } from "../node-program/settings";
import { claimOf, lakeOf, type OcsfConfig } from "./ocsf-schema";
import type { ENVIRONMENT, Target } from "./program/ocsf-settings";
import { programText } from "./program-text";

/** Of the CronJob and all that is its own. */
export const OCSF = "ocsf";

const FOLDER = "/opt/ocsf";
const TARGET = "target.json";
/** Of the volume, where one is mounted. */
const EVENTS_FOLDER = "/var/lib/ocsf";
// The first run after an outage writes what came meanwhile; what it does not get to, the next one does.
const DEADLINE_SECONDS = 3600;

export interface OcsfArgs {
  namespace: string;
  clusterName: string;
  config: OcsfConfig;
  /** Of all tools, on or off. */
  documents: readonly ToolDocuments[];
  store: Store;
  workload: WorkloadSettings;
}

/** The CronJob that writes events: its program in a ConfigMap, run by a stock Node image, and its position in another. */
export function ocsfManifests(args: OcsfArgs): Manifest[] {
  const { namespace, config, documents, store, workload } = args;
  const claim = claimOf(config);
  const program: NodeProgram = {
    name: OCSF,
    namespace,
    configMap: `${OCSF}-program`,
    folder: FOLDER,
    files: {
      "ocsf.js": nodeProgram({ text: programText(documents) }),
      [TARGET]: `${JSON.stringify(targetOf(config), null, 1)}\n`,
    },
    apiKeySecretRef: config.apiKeySecretRef,
    store,
    workload,
    usesApiServer: true,
    isSmall: true,
    ...(claim === undefined ? {} : { claim: { name: claim, folder: EVENTS_FOLDER } }),
  };
  return [
    serviceAccount({ name: OCSF, namespace }),
    ...keptPosition({ name: OCSF, namespace }),
    programConfigMap(program),
    programCronJob(
      program,
      { schedule: args.config.schedule, deadlineSeconds: DEADLINE_SECONDS },
      { ...variables(args, program) },
    ),
    networkPolicy({ name: OCSF, namespace }, podLabels(program), { egress: egressOf(args) }),
  ];
}

/** What the pods may do in AWS. */
export function ocsfRights(namespace: string, { s3 }: OcsfConfig): AwsRights[] {
  if (!s3) return [];
  const resources = [`${s3.bucket}/${s3.prefix}/*`];
  return [{ namespace, serviceAccount: OCSF, service: "s3", actions: ["s3:PutObject"], resources }];
}

function targetOf(config: OcsfConfig): Target {
  const { s3 } = config;
  const lake = lakeOf(config);
  return {
    ...(s3
      ? { kind: "s3", url: serviceUrl("s3", s3.region), ...s3 }
      : { kind: "folder", path: EVENTS_FOLDER }),
    ...(lake ? { lake } : {}),
  };
}

function egressOf({ config, store }: OcsfArgs): NetworkPolicyEgressRule[] {
  return [
    ...store.endpoints.map((endpoint) => toEndpoint(endpoint, store.podPort)),
    toApiServer(),
    ...(config.s3 ? [{ to: ANYWHERE, ports: [tcp(443)] }, toPodIdentity()] : []),
  ];
}

function variables(
  { namespace, clusterName, store }: OcsfArgs,
  program: NodeProgram,
): EnvironmentInput<typeof ENVIRONMENT> {
  const { endpoints, indices } = store;
  const { deadLetter: _, ...read } = indices;
  return {
    ...elasticsearchVariables(program, endpoints),
    CLUSTER_NAME: clusterName,
    NAMESPACE: namespace,
    POSITION_CONFIG_MAP: positionConfigMap(OCSF),
    INDICES: Object.values(read).join(" "),
    TARGET_FILE: `${FOLDER}/${TARGET}`,
  };
}
