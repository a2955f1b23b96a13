import type { PodSpec } from "kubernetes-types/core/v1";
import type { Namespaces } from "../core/contract/namespaces";
import { POD_LOGS } from "../documents/pod-logs";
import type { Manifest } from "../kubernetes/manifest";
import { daemonSet, hostFolder, serviceAccount } from "../kubernetes/pods";
import { scheduling, type WorkloadSettings } from "../kubernetes/workloads";
import type { CollectorConfig } from "./collector-config";
import { collectorContainer, configData, configVolume, podAnnotations } from "./collector-pod";
import { NODE_COLLECTOR, NODE_COLLECTOR_TLS, STATE_FOLDER, selectorOf, TLS_FOLDER } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

const CONFIG_MAP = "node-collector-config";
const SELECTOR = selectorOf(NODE_COLLECTOR);

export interface NodeCollector {
  collector: CollectorConfig;
  config: PipelineConfig;
  settings: WorkloadSettings;
  namespaces: Namespaces;
  /** Some tool's lines are in the logs of its pods. */
  readsPodLogs: boolean;
}

/** The collector on each node: account without rights, configuration, DaemonSet. */
export function nodeCollectorManifests(node: NodeCollector): Manifest[] {
  const namespace = node.namespaces.privileged;
  const metadata = { name: NODE_COLLECTOR, namespace };
  return [
    serviceAccount(metadata),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: CONFIG_MAP, namespace },
      data: configData(node.collector),
    },
    daemonSet({
      metadata,
      labels: SELECTOR,
      annotations: podAnnotations(node.collector, node.config),
      spec: podSpec(node),
    }),
  ];
}

/** Of every pod of the node: one mount can't name pods that come and go. What is read of it is in the receivers. */
const PODS_LOGS = "pod-logs";

function podSpec({ config, settings, readsPodLogs }: NodeCollector): PodSpec {
  return {
    serviceAccountName: NODE_COLLECTOR,
    automountServiceAccountToken: false,
    ...scheduling(settings),
    securityContext: {
      // Root without any capability: the sensors write their files as root with mode 0600 (Tetragon's
      // exportFilePerm) and 0640 (osquery's logger_mode), and the folder for the queue on the node is root's.
      runAsUser: 0,
      runAsGroup: 0,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      collectorContainer({
        name: NODE_COLLECTOR,
        settings,
        metricsPort: config.metrics.port,
        // Lines are handed on before their position in the file is: without it a kill loses what was in
        // memory between the two (opentelemetry-collector-contrib #35456).
        featureGates: ["stanza.synchronousLogEmitter"],
        env: [{ name: "KUBE_NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
        volumeMounts: [
          { name: "logs", mountPath: config.nodeLogBasePath, readOnly: true },
          ...(readsPodLogs ? [{ name: PODS_LOGS, mountPath: POD_LOGS, readOnly: true }] : []),
          { name: "state", mountPath: STATE_FOLDER },
          { name: "tls", mountPath: TLS_FOLDER, readOnly: true },
        ],
      }),
    ],
    volumes: [
      configVolume(CONFIG_MAP),
      { name: "tls", secret: { secretName: NODE_COLLECTOR_TLS, defaultMode: 0o400 } },
      hostFolder("logs", config.nodeLogBasePath),
      ...(readsPodLogs ? [hostFolder(PODS_LOGS, POD_LOGS)] : []),
      hostFolder("state", config.nodeStatePath),
    ],
  };
}
