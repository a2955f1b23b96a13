import * as fs from "node:fs";
import * as path from "node:path";
import type { PodSpec } from "kubernetes-types/core/v1";
import type { Global } from "../core/config/envelope-schema";
import type { Store } from "../documents/store";
import { checksum } from "../kubernetes/checksum";
import type { Manifest } from "../kubernetes/manifest";
import { nodeProgramPod, type ProgramPaths, programPaths } from "../kubernetes/node-program";
import type { WorkloadSettings } from "../kubernetes/workloads";
import { ENV } from "./reporter/reporter-settings";
import { scanHours } from "./schedule";
import type { TrivyConfig } from "./trivy-schema";

export const REPORTER = "trivy-reporter";
const CONFIG_MAP = "trivy-reporter-program";
const PROGRAM = "reporter.js";
const PROGRAM_FOLDER = "/opt/reporter";

// Half an hour: a first pass over some ten thousand reports; no pass starts while one runs.
const DEADLINE_SECONDS = 1800;

export interface ReporterSettings {
  namespace: string;
  config: TrivyConfig;
  global: Global;
  elasticsearch: Store;
  workload: WorkloadSettings;
}

/** The CronJob that brings findings to Elasticsearch: its program in a ConfigMap, run by a stock Node image. */
export function reporterManifests(settings: ReporterSettings): Manifest[] {
  const program = fs.readFileSync(path.join(__dirname, "reporter", "bin", PROGRAM), "utf8");
  const { namespace } = settings;
  return [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: REPORTER, namespace },
      automountServiceAccountToken: false,
    },
    ...accessToReports(namespace),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: CONFIG_MAP, namespace },
      data: { [PROGRAM]: program },
    },
    cronJob(settings, program),
  ];
}

/** Reads reports, and the metadata that says which Deployment a ReplicaSet and which CronJob a Job is of. */
function accessToReports(namespace: string): Manifest[] {
  const metadata = { name: REPORTER };
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata,
      rules: [
        {
          apiGroups: ["aquasecurity.github.io"],
          resources: ["vulnerabilityreports"],
          verbs: ["get", "list"],
        },
        { apiGroups: ["apps"], resources: ["replicasets"], verbs: ["get"] },
        { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get"] },
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

function cronJob(settings: ReporterSettings, program: string): Manifest {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: REPORTER, namespace: settings.namespace },
    spec: {
      schedule: settings.config.shipSchedule,
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 120,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        spec: {
          // The next run is the retry: it does what this one did not.
          backoffLimit: 0,
          activeDeadlineSeconds: DEADLINE_SECONDS,
          template: {
            metadata: {
              labels: { "app.kubernetes.io/name": REPORTER },
              annotations: { "checksum/config": checksum(program) },
            },
            spec: podSpec(settings),
          },
        },
      },
    },
  };
}

function podSpec(settings: ReporterSettings): PodSpec {
  const { config, elasticsearch, workload } = settings;
  const program = {
    name: REPORTER,
    program: { configMap: CONFIG_MAP, file: PROGRAM, folder: PROGRAM_FOLDER },
    apiKeySecretRef: config.apiKeySecretRef,
    store: elasticsearch,
    workload,
  };
  return nodeProgramPod(program, environment(settings, programPaths(program)));
}

function environment(
  { config, global, elasticsearch }: ReporterSettings,
  paths: ProgramPaths,
): Record<string, string> {
  const { closeAfterMinutes, scanSchedule, severityThreshold } = config;
  const { endpoints, indices } = elasticsearch;
  return {
    [ENV.clusterName]: global.clusterName,
    [ENV.urls]: endpoints.join(" "),
    [ENV.index]: indices.vulnerabilities,
    [ENV.apiKeyFile]: paths.apiKey,
    ...(paths.ca ? { [ENV.caFile]: paths.ca } : {}),
    [ENV.severityThreshold]: severityThreshold,
    [ENV.closeAfterMinutes]: String(closeAfterMinutes ?? (scanHours(scanSchedule) ?? 0) * 60),
  };
}
