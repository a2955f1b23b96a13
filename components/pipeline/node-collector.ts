import type { PodSpec } from "kubernetes-types/core/v1";
import type { Namespaces } from "../core/contract/namespaces";
import type { Manifest } from "../kubernetes/manifest";
import type { WorkloadSettings } from "../kubernetes/workloads";
import type { CollectorConfig } from "./collector-config";
import { collectorContainer, configData, configVolume, placement, podAnnotations } from "./collector-pod";
import { NODE_COLLECTOR, NODE_COLLECTOR_TLS, STATE_FOLDER, selectorOf, TLS_FOLDER } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

const CONFIG_MAP = "node-collector-config";
const SELECTOR = selectorOf(NODE_COLLECTOR);

export interface NodeCollector {
  collector: CollectorConfig;
  config: PipelineConfig;
  settings: WorkloadSettings;
  namespaces: Namespaces;
}

/** The collector on each node: account without rights, configuration, DaemonSet. */
export function nodeCollectorManifests(node: NodeCollector): Manifest[] {
  const namespace = node.namespaces.privileged;
  return [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: NODE_COLLECTOR, namespace },
      automountServiceAccountToken: false,
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: CONFIG_MAP, namespace },
      data: configData(node.collector),
    },
    daemonSet(node, namespace),
  ];
}

function daemonSet(node: NodeCollector, namespace: string): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: NODE_COLLECTOR, namespace },
    spec: {
      selector: { matchLabels: SELECTOR },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
      template: {
        metadata: {
          labels: SELECTOR,
          annotations: podAnnotations(node.collector, node.config),
        },
        spec: podSpec(node),
      },
    },
  };
}

function podSpec({ config, settings }: NodeCollector): PodSpec {
  return {
    serviceAccountName: NODE_COLLECTOR,
    automountServiceAccountToken: false,
    ...placement(settings),
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
          { name: "state", mountPath: STATE_FOLDER },
          { name: "tls", mountPath: TLS_FOLDER, readOnly: true },
        ],
      }),
    ],
    volumes: [
      configVolume(CONFIG_MAP),
      { name: "tls", secret: { secretName: NODE_COLLECTOR_TLS, defaultMode: 0o400 } },
      { name: "logs", hostPath: { path: config.nodeLogBasePath, type: "DirectoryOrCreate" } },
      { name: "state", hostPath: { path: config.nodeStatePath, type: "DirectoryOrCreate" } },
    ],
  };
}
