import type { Global } from "../core/config/envelope-schema";
import type { Store } from "../documents/store";
import type { Manifest } from "../kubernetes/manifest";
import { serviceAccount } from "../kubernetes/pods";
import type { WorkloadSettings } from "../kubernetes/workloads";
import { nodeProgram } from "../node-program/bundle";
import { elasticsearchVariables, type NodeProgram, programConfigMap } from "../node-program/pod";
import { programCronJob } from "../node-program/program-cron-job";
import type { EnvironmentInput } from "../node-program/settings";
import { exploitationVariables, mountedLists } from "./exploitation/lists-in-pod";
import { kindsOf } from "./reporter/all-kinds";
import type { ENVIRONMENT } from "./reporter/reporter-settings";
import { scanHours } from "./schedule";
import type { TrivyConfig } from "./trivy-schema";

export const REPORTER = "trivy-reporter";
/** Entry of the program. */
export const REPORTER_SOURCE = "components/trivy/reporter/reporter-program.ts";

// Half an hour: a first pass over some ten thousand reports; no pass starts while one runs.
const DEADLINE_SECONDS = 1800;

export interface ReporterSettings {
  namespace: string;
  config: TrivyConfig;
  global: Global;
  elasticsearch: Store;
  workload: WorkloadSettings;
  /** As it is pulled. */
  trivyImage: string;
}

/** The CronJob that brings findings to Elasticsearch: its program in a ConfigMap, run by a stock Node image. */
export function reporterManifests(settings: ReporterSettings): Manifest[] {
  const { namespace, config, elasticsearch, workload } = settings;
  const program: NodeProgram = {
    name: REPORTER,
    namespace,
    configMap: "trivy-reporter-program",
    folder: "/opt/reporter",
    files: { "reporter.js": nodeProgram(REPORTER_SOURCE) },
    apiKeySecretRef: config.apiKeySecretRef,
    store: elasticsearch,
    workload,
    usesApiServer: true,
    ...mountedLists(config.exploitation),
  };
  return [
    serviceAccount({ name: REPORTER, namespace }),
    ...accessToReports(namespace, config.scanners),
    programConfigMap(program),
    programCronJob(
      program,
      { schedule: settings.config.shipSchedule, deadlineSeconds: DEADLINE_SECONDS },
      { ...variables(settings, program) },
    ),
  ];
}

/**
 * Reads the reports of the scanners that are on, and what these need: the metadata that says which Deployment a ReplicaSet and which
 * CronJob a Job is of, and for priorities the pods, since which image each runs is in no smaller list.
 */
function accessToReports(namespace: string, scanners: TrivyConfig["scanners"]): Manifest[] {
  const metadata = { name: REPORTER };
  const kinds = kindsOf(scanners);
  const reports = kinds
    .flatMap(({ resources: { namespaced, cluster } }) => [namespaced, cluster ?? []])
    .flat();
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata,
      rules: [
        ...(reports.length > 0
          ? [{ apiGroups: ["aquasecurity.github.io"], resources: reports, verbs: ["get", "list"] }]
          : []),
        ...(kinds.some(({ rated }) => rated)
          ? [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }]
          : []),
        ...(kinds.some(({ hasOwners }) => hasOwners)
          ? [
              { apiGroups: ["apps"], resources: ["replicasets"], verbs: ["get"] },
              { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get"] },
            ]
          : []),
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: REPORTER },
      subjects: [{ kind: "ServiceAccount", name: REPORTER, namespace }],
    },
  ];
}

function variables(
  { config, global, elasticsearch, trivyImage }: ReporterSettings,
  program: NodeProgram,
): EnvironmentInput<typeof ENVIRONMENT> {
  const { closeAfterMinutes, scanSchedule, scanners, severityThreshold } = config;
  const { endpoints, indices } = elasticsearch;
  return {
    CLUSTER_NAME: global.clusterName,
    ...elasticsearchVariables(program, endpoints),
    ELASTICSEARCH_INDEX: indices.vulnerabilities,
    ELASTICSEARCH_POSTURE_INDEX: indices.posture,
    SCANNERS: scanners.join(","),
    SEVERITY_THRESHOLD: severityThreshold,
    SCANNER_IMAGE: trivyImage,
    ...exploitationVariables(config.exploitation),
    CLOSE_AFTER_MINUTES: String(closeAfterMinutes ?? (scanHours(scanSchedule) ?? 0) * 60),
  };
}
