import type { Container, PodSpec, PodTemplateSpec, Volume, VolumeMount } from "kubernetes-types/core/v1";
import type { SecretKey, Store } from "../documents/store";
import { checksum } from "../kubernetes/checksum";
import type { Manifest } from "../kubernetes/manifest";
import { hostFolder, RESTRICTED, secretVolume } from "../kubernetes/pods";
import { parseQuantity } from "../kubernetes/quantity";
import { scheduling, type WorkloadSettings } from "../kubernetes/workloads";
import type { ELASTICSEARCH, EnvironmentInput } from "./settings";

/** A program of ours in a pod. */
export interface ProgramPod {
  /** Of the ServiceAccount and the container, and the label of the pods. */
  name: string;
  /** Labels of the pods, where several programs are one workload to the sizing table. */
  labels?: Readonly<Record<string, string>>;
  namespace: string;
  /** ConfigMap with the program, and where its files are in the container. */
  configMap: string;
  folder: string;
  /** By their names; the first is the program. */
  files: Readonly<Record<string, string>>;
  workload: WorkloadSettings;
  /** Secrets beside the API key. */
  secrets?: readonly MountedSecret[];
  /** ConfigMaps beside that of the program: keys that are missing are no error. */
  configMaps?: readonly MountedSecret[];
  /** Whether it gets the token of its ServiceAccount. */
  usesApiServer: boolean;
  /** For a program that runs until it is stopped; without it one that runs to its end. */
  service?: Service;
  /** It is idle most of the time, and is to be small rather than fast. */
  isSmall?: boolean;
  /** A folder of the node that it writes to. Such folders are root's, so it is root too, without any capability. */
  nodeFolder?: string;
  /** A volume that the user made, for what it writes. */
  claim?: MountedClaim;
}

/** A PersistentVolumeClaim as a folder. */
export interface MountedClaim {
  name: string;
  folder: string;
}

/** A program that reads from Elasticsearch or writes to it. */
export interface NodeProgram extends ProgramPod {
  apiKeySecretRef: SecretKey;
  store: Store;
}

/** Keys of a Secret or a ConfigMap as files of a folder. */
export interface MountedSecret {
  name: string;
  /** Name of the volume; that of the Secret by default, which is ours then: those of others may have dots. */
  volume?: string;
  keys: readonly string[];
  folder: string;
}

/** A program that runs until it is stopped. */
export interface Service {
  /** On which it says over HTTP how it is: `/healthy`, `/ready`. */
  healthPort: number;
  /** Its name, "health" by default: no two containers of a pod have ports of one name. */
  portName?: string;
}

/** Variables of a container by name; one without a value is left out. */
export type Variables = Readonly<Record<string, string | undefined>>;

// None that the image or a node has: a process that breaks out is nobody there.
const USER = 10_001;
// Node counts on all of the machine's memory unless it is told; what is not heap needs the rest.
const HEAP_SHARE = 0.6;
/**
 * Optimising the WebAssembly by which undici parses answers takes 30 MiB for a moment, and new objects get up to 48 MiB
 * before they are collected (node --v8-options; 94 MiB became 61 with Node 20).
 */
export const SMALL_PROGRAM = ["--liftoff-only", "--max-semi-space-size=2"];
const API_KEY_FOLDER = "/etc/elasticsearch-auth";
const CA_FOLDER = "/etc/elasticsearch-ca";

/** How a program finds Elasticsearch, at the given addresses. */
export function elasticsearchVariables(
  { apiKeySecretRef, store }: Pick<NodeProgram, "apiKeySecretRef" | "store">,
  endpoints: readonly string[],
): EnvironmentInput<typeof ELASTICSEARCH> {
  return {
    ELASTICSEARCH_URLS: endpoints.join(" "),
    ELASTICSEARCH_API_KEY_FILE: `${API_KEY_FOLDER}/${apiKeySecretRef.key}`,
    ELASTICSEARCH_CA_FILE: store.caSecretRef && `${CA_FOLDER}/${store.caSecretRef.key}`,
  };
}

/** The ConfigMap with the files of a program. */
export function programConfigMap({ configMap, namespace, files }: ProgramPod): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: configMap, namespace },
    data: { ...files },
  };
}

/** Pods of a program for a CronJob, a Job or a Deployment: others when its files are. */
export function programTemplate(program: ProgramPod | NodeProgram, variables: Variables): PodTemplateSpec {
  return {
    metadata: {
      labels: podLabels(program),
      annotations: { "checksum/config": checksum(Object.values(program.files).join("")) },
    },
    spec: podSpec(program, variables),
  };
}

/** By which its pods are found. */
export function podLabels({ name, labels }: Pick<ProgramPod, "name" | "labels">): Record<string, string> {
  return { ...(labels ?? { "app.kubernetes.io/name": name }) };
}

/** One file from a ConfigMap in a stock Node image, as Pod Security's level `restricted` asks for. */
function podSpec(program: ProgramPod | NodeProgram, variables: Variables): PodSpec {
  const { name, configMap, workload, usesApiServer, secrets = [], service, nodeFolder } = program;
  const { configMaps = [], claim } = program;
  const user = nodeFolder === undefined ? USER : 0;
  return {
    serviceAccountName: name,
    automountServiceAccountToken: usesApiServer,
    enableServiceLinks: false,
    restartPolicy: service ? "Always" : "Never",
    ...scheduling(workload),
    securityContext: {
      runAsNonRoot: user !== 0,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [container(program, variables)],
    volumes: [
      { name: "program", configMap: { name: configMap } },
      ...("store" in program ? storeVolumes(program) : []),
      ...secrets.map(({ name, volume = name, keys }) => secretVolume(volume, name, keys)),
      ...configMaps.map(configMapVolume),
      ...(nodeFolder === undefined ? [] : [hostFolder("node-folder", nodeFolder)]),
      ...(claim ? [{ name: "claim", persistentVolumeClaim: { claimName: claim.name } }] : []),
    ],
  };
}

function storeVolumes({ apiKeySecretRef, store }: NodeProgram): Volume[] {
  return [
    secretVolume("elasticsearch-auth", apiKeySecretRef.name),
    ...(store.caSecretRef ? [secretVolume("elasticsearch-ca", store.caSecretRef.name)] : []),
  ];
}

function configMapVolume({ name, keys }: MountedSecret): Volume {
  const items = keys.map((key) => ({ key, path: key }));
  return { name: `file-${name}`, configMap: { name, optional: true, items } };
}

function storeMounts({ store }: NodeProgram): VolumeMount[] {
  return [
    { name: "elasticsearch-auth", mountPath: API_KEY_FOLDER, readOnly: true },
    ...(store.caSecretRef ? [{ name: "elasticsearch-ca", mountPath: CA_FOLDER, readOnly: true }] : []),
  ];
}

function container(program: ProgramPod | NodeProgram, variables: Variables): Container {
  const {
    name,
    files,
    folder,
    workload,
    secrets = [],
    configMaps = [],
    service,
    isSmall,
    nodeFolder,
    claim,
  } = program;
  const memory = parseQuantity(workload.resources.limits.memory) ?? 0;
  const megabytes = Math.floor((memory * HEAP_SHARE) / 1024 ** 2);
  return {
    name,
    image: workload.image,
    imagePullPolicy: "IfNotPresent",
    command: [
      ...["node", `--max-old-space-size=${megabytes}`, ...(isSmall ? SMALL_PROGRAM : [])],
      `${folder}/${Object.keys(files)[0]}`,
    ],
    env: Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    ...(service ? health(service) : {}),
    resources: workload.resources,
    securityContext: RESTRICTED,
    // Why it failed is seen with `kubectl describe pod` too.
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [
      { name: "program", mountPath: folder, readOnly: true },
      ...("store" in program ? storeMounts(program) : []),
      ...secrets.map(({ name, volume = name, folder }) => ({
        name: volume,
        mountPath: folder,
        readOnly: true,
      })),
      ...configMaps.map((one) => ({ name: `file-${one.name}`, mountPath: one.folder, readOnly: true })),
      ...(nodeFolder === undefined ? [] : [{ name: "node-folder", mountPath: nodeFolder }]),
      ...(claim ? [{ name: "claim", mountPath: claim.folder }] : []),
    ],
  };
}

/** A program that hangs is started again; one that can't do its work at the moment is only shown as not ready. */
function health({
  healthPort,
  portName = "health",
}: Service): Pick<Container, "ports" | "livenessProbe" | "readinessProbe"> {
  const ask = (path: string) => ({ httpGet: { path, port: portName }, periodSeconds: 15, timeoutSeconds: 5 });
  return {
    ports: [{ name: portName, containerPort: healthPort }],
    livenessProbe: { ...ask("/healthy"), initialDelaySeconds: 10, failureThreshold: 4 },
    readinessProbe: ask("/ready"),
  };
}
