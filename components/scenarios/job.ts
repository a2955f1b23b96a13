import type { Container, PodSpec, Volume } from "kubernetes-types/core/v1";
import { ENV } from "../../scenarios/in-cluster/settings";
import { checksum } from "../checksum";
import type { Global, Tests } from "../config/schema";
import type { WorkloadSettings } from "../feature";
import type { Manifest } from "../kubernetes";
import { parseQuantity } from "../quantity";
import type { Store } from "../store";

const PROGRAM = "runner.js";
const SCENARIOS = "scenarios.json";
const PROGRAM_FOLDER = "/opt/scenarios";
const API_KEY_FOLDER = "/etc/elasticsearch-auth";
const CA_FOLDER = "/etc/elasticsearch-ca";

// None that the image or a node has: a process that breaks out is nobody there.
const USER = 10_001;
// All scenarios take some five minutes where nothing is found in time; pods need images first.
const DEADLINE_SECONDS = 1800;
// A sensor's first start pulls its image and may compile its probe.
const SENSOR_SECONDS = 600;
// To remove namespaces with pods in them, when the Job is removed while it runs.
const CLEANUP_SECONDS = 150;
// Node counts on all of the machine's memory unless it is told; what is not heap needs the rest.
const HEAP_SHARE = 0.6;

export interface JobSettings {
  name: string;
  namespace: string;
  tests: Tests;
  global: Global;
  elasticsearch: Store;
  workload: WorkloadSettings;
  /** Source of the runner. */
  program: string;
  /** The scenarios to run, as the runner reads them. */
  scenarios: string;
}

/** The Job that runs the scenarios once, and again when they, the program or the config change. */
export function jobManifests(settings: JobSettings): Manifest[] {
  const { name, namespace, program, scenarios } = settings;
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace },
      data: { [PROGRAM]: program, [SCENARIOS]: scenarios },
    },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        namespace,
        // An update does not wait for the attacks to end, nor fail with one of them.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        // A second run right away finds nothing else.
        backoffLimit: 0,
        activeDeadlineSeconds: DEADLINE_SECONDS,
        template: {
          metadata: {
            labels: { "app.kubernetes.io/name": name },
            annotations: { "checksum/config": checksum(program + scenarios) },
          },
          spec: podSpec(settings),
        },
      },
    },
  ];
}

function podSpec(settings: JobSettings): PodSpec {
  const { name, workload, elasticsearch, tests } = settings;
  return {
    serviceAccountName: name,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    restartPolicy: "Never",
    terminationGracePeriodSeconds: CLEANUP_SECONDS,
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
      { name: "program", configMap: { name } },
      secretVolume("elasticsearch-auth", tests.apiKeySecretRef.name),
      ...(elasticsearch.caSecretRef
        ? [secretVolume("elasticsearch-ca", elasticsearch.caSecretRef.name)]
        : []),
    ],
  };
}

function container(settings: JobSettings): Container {
  const { name, workload, elasticsearch } = settings;
  const megabytes = Math.floor(
    ((parseQuantity(workload.resources.limits.memory) ?? 0) * HEAP_SHARE) / 1024 ** 2,
  );
  return {
    name,
    image: workload.image,
    imagePullPolicy: "IfNotPresent",
    command: ["node", `--max-old-space-size=${megabytes}`, `${PROGRAM_FOLDER}/${PROGRAM}`],
    env: Object.entries(environment(settings)).map(([key, value]) => ({ name: key, value })),
    resources: workload.resources,
    securityContext: {
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    // Why it failed is seen with `kubectl describe pod` too.
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [
      { name: "program", mountPath: PROGRAM_FOLDER, readOnly: true },
      { name: "elasticsearch-auth", mountPath: API_KEY_FOLDER, readOnly: true },
      ...(elasticsearch.caSecretRef
        ? [{ name: "elasticsearch-ca", mountPath: CA_FOLDER, readOnly: true }]
        : []),
    ],
  };
}

function environment({ tests, global, elasticsearch }: JobSettings): Record<string, string> {
  const { caSecretRef, endpoints, indices } = elasticsearch;
  const { events, inventory, vulnerabilities } = indices;
  return {
    [ENV.clusterName]: global.clusterName,
    [ENV.scenarios]: `${PROGRAM_FOLDER}/${SCENARIOS}`,
    [ENV.url]: endpoints[0]!,
    [ENV.apiKeyFile]: `${API_KEY_FOLDER}/${tests.apiKeySecretRef.key}`,
    ...(caSecretRef ? { [ENV.caFile]: `${CA_FOLDER}/${caSecretRef.key}` } : {}),
    [ENV.indices]: JSON.stringify({ events, inventory, vulnerabilities }),
    ...(global.imageRegistry ? { [ENV.registry]: global.imageRegistry } : {}),
    [ENV.sensorSeconds]: String(SENSOR_SECONDS),
  };
}

// Files of a Secret belong to root and the pod's group, which is the container's.
function secretVolume(name: string, secretName: string): Volume {
  return { name, secret: { secretName, defaultMode: 0o440 } };
}
