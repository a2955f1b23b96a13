import type { Container, PodSpec } from "kubernetes-types/core/v1";
import type { SecretKey, Store } from "../documents/store";
import { parseQuantity } from "./quantity";
import type { WorkloadSettings } from "./workloads";

/** Where the API key and the CA of Elasticsearch are in the container. */
export interface ProgramPaths {
  apiKey: string;
  /** Where Elasticsearch has a CA of its own. */
  ca?: string;
}

export interface NodeProgram {
  /** Of the ServiceAccount and the container. */
  name: string;
  /** ConfigMap with the program, and its key. */
  program: { configMap: string; file: string; folder: string };
  apiKeySecretRef: SecretKey;
  store: Store;
  workload: WorkloadSettings;
}

// None that the image or a node has: a process that breaks out is nobody there.
const USER = 10_001;
// Node counts on all of the machine's memory unless it is told; what is not heap needs the rest.
const HEAP_SHARE = 0.6;
const API_KEY_FOLDER = "/etc/elasticsearch-auth";
const CA_FOLDER = "/etc/elasticsearch-ca";

/** The files that a program of ours finds in its container. */
export function programPaths({
  apiKeySecretRef,
  store,
}: Pick<NodeProgram, "apiKeySecretRef" | "store">): ProgramPaths {
  return {
    apiKey: `${API_KEY_FOLDER}/${apiKeySecretRef.key}`,
    ...(store.caSecretRef ? { ca: `${CA_FOLDER}/${store.caSecretRef.key}` } : {}),
  };
}

/**
 * The pod of a program of ours that runs to its end: one file from a ConfigMap in a stock Node image, with an API key
 * for Elasticsearch, as Pod Security's level `restricted` asks for.
 */
export function nodeProgramPod(
  settings: NodeProgram,
  environment: Readonly<Record<string, string>>,
): PodSpec {
  const { name, program, apiKeySecretRef, store, workload } = settings;
  return {
    serviceAccountName: name,
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
    containers: [container(settings, environment)],
    volumes: [
      { name: "program", configMap: { name: program.configMap } },
      secretVolume("elasticsearch-auth", apiKeySecretRef),
      ...(store.caSecretRef ? [secretVolume("elasticsearch-ca", store.caSecretRef)] : []),
    ],
  };
}

function container(settings: NodeProgram, environment: Readonly<Record<string, string>>): Container {
  const { name, program, store, workload } = settings;
  const memory = parseQuantity(workload.resources.limits.memory) ?? 0;
  const megabytes = Math.floor((memory * HEAP_SHARE) / 1024 ** 2);
  return {
    name,
    image: workload.image,
    imagePullPolicy: "IfNotPresent",
    command: ["node", `--max-old-space-size=${megabytes}`, `${program.folder}/${program.file}`],
    env: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
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
      { name: "program", mountPath: program.folder, readOnly: true },
      { name: "elasticsearch-auth", mountPath: API_KEY_FOLDER, readOnly: true },
      ...(store.caSecretRef ? [{ name: "elasticsearch-ca", mountPath: CA_FOLDER, readOnly: true }] : []),
    ],
  };
}

// Files of a Secret belong to root and the pod's group, which is the container's.
function secretVolume(name: string, { name: secretName }: SecretKey) {
  return { name, secret: { secretName, defaultMode: 0o440 } };
}
