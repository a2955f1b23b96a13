import * as fs from "node:fs";
import * as path from "node:path";
import type { Container, EnvVar, PodSpec, Volume } from "kubernetes-types/core/v1";
import { checksum } from "../checksum";
import type { Global } from "../config/schema";
import type { WorkloadSettings } from "../feature";
import type { Manifest } from "../kubernetes";
import { parseQuantity } from "../quantity";
import type { Store } from "../store";
import { ENV } from "./reporter/settings";
import { scanHours } from "./schedule";
import type { TrivyConfig } from "./schema";

export const REPORTER = "trivy-reporter";
const CONFIG_MAP = "trivy-reporter-program";
const PROGRAM = "reporter.js";
const PROGRAM_FOLDER = "/opt/reporter";
const API_KEY_FOLDER = "/etc/elasticsearch-auth";
const CA_FOLDER = "/etc/elasticsearch-ca";

// None that the image or a node has: a process that breaks out is nobody there.
const USER = 10_001;
// Half an hour: a first pass over some ten thousand reports; no pass starts while one runs.
const DEADLINE_SECONDS = 1800;
// Node counts on all of the machine's memory unless it is told; what is not heap needs the rest.
const HEAP_SHARE = 0.6;

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
  const { workload, elasticsearch, config } = settings;
  return {
    serviceAccountName: REPORTER,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    restartPolicy: "Never",
    tolerations: workload.tolerations,
    nodeSelector: workload.nodeSelector,
    ...(workload.priorityClassName ? { priorityClassName: workload.priorityClassName } : {}),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [container(settings)],
    volumes: [
      { name: "program", configMap: { name: CONFIG_MAP } },
      secretVolume("elasticsearch-auth", config.apiKeySecretRef.name),
      ...(elasticsearch.caSecretRef
        ? [secretVolume("elasticsearch-ca", elasticsearch.caSecretRef.name)]
        : []),
    ],
  };
}

function container(settings: ReporterSettings): Container {
  const { workload, elasticsearch } = settings;
  const megabytes = Math.floor(
    ((parseQuantity(workload.resources.limits.memory) ?? 0) * HEAP_SHARE) / 1024 ** 2,
  );
  return {
    name: REPORTER,
    image: workload.image,
    imagePullPolicy: "IfNotPresent",
    command: ["node", `--max-old-space-size=${megabytes}`, `${PROGRAM_FOLDER}/${PROGRAM}`],
    env: environment(settings),
    resources: workload.resources,
    securityContext: {
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "program", mountPath: PROGRAM_FOLDER, readOnly: true },
      { name: "elasticsearch-auth", mountPath: API_KEY_FOLDER, readOnly: true },
      ...(elasticsearch.caSecretRef
        ? [{ name: "elasticsearch-ca", mountPath: CA_FOLDER, readOnly: true }]
        : []),
    ],
  };
}

function environment({ config, global, elasticsearch }: ReporterSettings): EnvVar[] {
  const { apiKeySecretRef, closeAfterMinutes, scanSchedule, severityThreshold } = config;
  const { caSecretRef, endpoints, indices } = elasticsearch;
  const values: Record<string, string> = {
    [ENV.clusterName]: global.clusterName,
    [ENV.urls]: endpoints.join(" "),
    [ENV.index]: indices.vulnerabilities,
    [ENV.apiKeyFile]: `${API_KEY_FOLDER}/${apiKeySecretRef.key}`,
    ...(caSecretRef ? { [ENV.caFile]: `${CA_FOLDER}/${caSecretRef.key}` } : {}),
    [ENV.severityThreshold]: severityThreshold,
    [ENV.closeAfterMinutes]: String(closeAfterMinutes ?? (scanHours(scanSchedule) ?? 0) * 60),
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

// Files of a Secret belong to root and the pod's group, which is the container's.
function secretVolume(name: string, secretName: string): Volume {
  return { name, secret: { secretName, defaultMode: 0o440 } };
}
