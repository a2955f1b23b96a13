import type { PodSpec } from "kubernetes-types/core/v1";
import type { Kafka } from "../core/config/kafka-schema";
import type { SecretKey, Store } from "../documents/store";
import type { Manifest } from "../kubernetes/manifest";
import { secretVolume, serviceAccount } from "../kubernetes/pods";
import { scheduling, type WorkloadSettings } from "../kubernetes/workloads";
import type { CollectorConfig } from "./collector-config";
import { collectorContainer, configData, configVolume, podAnnotations } from "./collector-pod";
import { COLLECTOR_USER, spreadPods } from "./gateway";
import { kafkaPodParts } from "./kafka-client";
import { ELASTICSEARCH_AUTH_FOLDER, ELASTICSEARCH_CA_FOLDER, INDEXER, selectorOf } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

const CONFIG_MAP = "indexer-config";
const SELECTOR = selectorOf(INDEXER);

export interface Indexer {
  collector: CollectorConfig;
  config: PipelineConfig;
  settings: WorkloadSettings;
  namespace: string;
  elasticsearch: Store;
  /** Its own credential for Elasticsearch. */
  authSecret: SecretKey;
  kafka: Kafka;
}

/** The indexers: they have no volume, and the topic's partitions are shared out among them. */
export function indexerManifests(indexer: Indexer): Manifest[] {
  const { namespace, settings, collector } = indexer;
  return [
    serviceAccount({ name: INDEXER, namespace }),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: CONFIG_MAP, namespace },
      data: configData(collector),
    },
    ...(settings.replicas > 1 ? [disruptionBudget(namespace)] : []),
    deployment(indexer),
  ];
}

function disruptionBudget(namespace: string): Manifest {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: INDEXER, namespace },
    spec: { maxUnavailable: 1, selector: { matchLabels: SELECTOR } },
  };
}

function deployment(indexer: Indexer): Manifest {
  const { namespace, settings, collector, config, elasticsearch } = indexer;
  // Its Secrets are the user's, for Kafka at least, and may come after the namespace that this update makes.
  const waits = elasticsearch.secretsExist;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: INDEXER,
      namespace,
      annotations: waits ? {} : { "pulumi.com/skipAwait": "true" },
    },
    spec: {
      replicas: settings.replicas,
      selector: { matchLabels: SELECTOR },
      template: {
        metadata: { labels: SELECTOR, annotations: podAnnotations(collector, config) },
        spec: podSpec(indexer),
      },
    },
  };
}

function podSpec({ config, settings, elasticsearch, authSecret, kafka }: Indexer): PodSpec {
  const { env, volumeMounts, volumes } = kafkaPodParts(kafka, kafka.indexer);
  const { caSecretRef } = elasticsearch;
  return {
    serviceAccountName: INDEXER,
    automountServiceAccountToken: false,
    ...scheduling(settings),
    topologySpreadConstraints: spreadPods(SELECTOR),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: COLLECTOR_USER,
      runAsGroup: COLLECTOR_USER,
      fsGroup: COLLECTOR_USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      collectorContainer({
        name: INDEXER,
        settings,
        env,
        metricsPort: config.metrics.port,
        volumeMounts: [
          { name: "elasticsearch-auth", mountPath: ELASTICSEARCH_AUTH_FOLDER, readOnly: true },
          ...(caSecretRef
            ? [{ name: "elasticsearch-ca", mountPath: ELASTICSEARCH_CA_FOLDER, readOnly: true }]
            : []),
          ...volumeMounts,
        ],
      }),
    ],
    volumes: [
      configVolume(CONFIG_MAP),
      secretVolume("elasticsearch-auth", authSecret.name),
      ...(caSecretRef ? [secretVolume("elasticsearch-ca", caSecretRef.name)] : []),
      ...volumes,
    ],
  };
}
