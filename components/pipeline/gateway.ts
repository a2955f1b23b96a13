import type { PersistentVolumeClaim, PodSpec, TopologySpreadConstraint } from "kubernetes-types/core/v1";
import type { Kafka } from "../core/config/kafka-schema";
import type { Namespaces } from "../core/contract/namespaces";
import { broughtSecrets, type Store } from "../documents/store";
import { COMPONENT_LABEL } from "../kubernetes/labels";
import type { Manifest } from "../kubernetes/manifest";
import { disruptionBudget, secretVolume, serviceAccount } from "../kubernetes/pods";
import { scheduling, type WorkloadSettings } from "../kubernetes/workloads";
import type { CollectorConfig } from "./collector-config";
import { collectorContainer, configData, configVolume, podAnnotations } from "./collector-pod";
import { kafkaPodParts } from "./kafka-client";
import {
  ELASTICSEARCH_AUTH_FOLDER,
  ELASTICSEARCH_CA_FOLDER,
  GATEWAY,
  GATEWAY_TLS,
  OTLP_PORT,
  STATE_FOLDER,
  selectorOf,
  TLS_FOLDER,
} from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

const CONFIG_MAP = "gateway-config";
const SELECTOR = selectorOf(GATEWAY);

/** The user of the image (opentelemetry-collector-releases, distributions/otelcol-contrib/Dockerfile). */
export const COLLECTOR_USER = 10_001;

export interface Gateway {
  collector: CollectorConfig;
  config: PipelineConfig;
  settings: WorkloadSettings;
  namespaces: Namespaces;
  elasticsearch: Store;
  kafka: Kafka | undefined;
  /** Label of all objects of the feature: the volumes are made by Kubernetes from a template. */
  component: string;
}

/** The gateway: StatefulSet with a volume each for its queue, the Service that names its pods, a PDB if there are several. */
export function gatewayManifests(gateway: Gateway): Manifest[] {
  const namespace = gateway.namespaces.restricted;
  return [
    serviceAccount({ name: GATEWAY, namespace }),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: CONFIG_MAP, namespace },
      data: configData(gateway.collector),
    },
    service(namespace),
    ...(gateway.settings.replicas > 1 ? [disruptionBudget({ name: GATEWAY, namespace }, SELECTOR)] : []),
    statefulSet(gateway, namespace),
  ];
}

/** Headless: the node collectors see every gateway and take turns. */
function service(namespace: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: GATEWAY, namespace },
    spec: {
      clusterIP: "None",
      selector: SELECTOR,
      ports: [{ name: "otlp", port: OTLP_PORT, targetPort: "otlp", appProtocol: "grpc" }],
    },
  };
}

function statefulSet(gateway: Gateway, namespace: string): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: GATEWAY, namespace, annotations: waiting(gateway) },
    spec: {
      serviceName: GATEWAY,
      replicas: gateway.settings.replicas,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: SELECTOR },
      // A gateway that is scaled away leaves its queue for the next that has its name. Turning the feature off
      // removes the queues with all else.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
      volumeClaimTemplates: [queueVolume(gateway)],
      template: {
        metadata: {
          labels: SELECTOR,
          annotations: podAnnotations(gateway.collector, gateway.config),
        },
        spec: podSpec(gateway),
      },
    },
  };
}

/** Elasticsearch's own time to become ready (elastic/cluster.ts), and that of the pods after it. */
const MANAGED_SECONDS = "1500";

/**
 * Its pods start with the Secrets that they mount. Those that the program makes come after an Elasticsearch that may
 * take a quarter of an hour; those that the user brings can't be waited for where this very update makes their namespace.
 */
function waiting({ elasticsearch, kafka }: Gateway): Record<string, string> {
  const { makesKeys, makesCa, secretsExist } = elasticsearch;
  const brought = kafka !== undefined || broughtSecrets(elasticsearch).length > 0;
  if (brought && !secretsExist) return { "pulumi.com/skipAwait": "true" };
  return makesKeys || makesCa ? { "pulumi.com/timeoutSeconds": MANAGED_SECONDS } : {};
}

function queueVolume({ config, component }: Gateway): PersistentVolumeClaim {
  const { gatewaySize, storageClass } = config.queue;
  return {
    metadata: { name: "queue", labels: { ...SELECTOR, [COMPONENT_LABEL]: component } },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: gatewaySize } },
      ...(storageClass ? { storageClassName: storageClass } : {}),
    },
  };
}

function podSpec({ config, settings, elasticsearch, kafka }: Gateway): PodSpec {
  const { env, volumeMounts, volumes } = kafka
    ? kafkaPodParts(kafka, kafka.gateway)
    : { env: [], volumeMounts: [], volumes: [] };
  return {
    serviceAccountName: GATEWAY,
    automountServiceAccountToken: false,
    ...scheduling(settings),
    topologySpreadConstraints: spreadPods(SELECTOR),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: COLLECTOR_USER,
      runAsGroup: COLLECTOR_USER,
      fsGroup: COLLECTOR_USER,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      collectorContainer({
        name: GATEWAY,
        settings,
        env,
        metricsPort: config.metrics.port,
        ports: [{ name: "otlp", containerPort: OTLP_PORT }],
        volumeMounts: [
          { name: "queue", mountPath: STATE_FOLDER },
          { name: "tls", mountPath: TLS_FOLDER, readOnly: true },
          { name: "elasticsearch-auth", mountPath: ELASTICSEARCH_AUTH_FOLDER, readOnly: true },
          ...(elasticsearch.caSecretRef
            ? [{ name: "elasticsearch-ca", mountPath: ELASTICSEARCH_CA_FOLDER, readOnly: true }]
            : []),
          ...volumeMounts,
        ],
      }),
    ],
    volumes: [
      configVolume(CONFIG_MAP),
      secretVolume("tls", GATEWAY_TLS),
      secretVolume("elasticsearch-auth", elasticsearch.authSecretRef.name),
      ...(elasticsearch.caSecretRef
        ? [secretVolume("elasticsearch-ca", elasticsearch.caSecretRef.name)]
        : []),
      ...volumes,
    ],
  };
}

/** Over nodes and zones, where there are several. */
export function spreadPods(matchLabels: Record<string, string>): TopologySpreadConstraint[] {
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels },
  }));
}
