import type { EnvVar, PodTemplateSpec, Volume, VolumeMount } from "kubernetes-types/core/v1";
import type { Kafka, KafkaClient } from "../core/config/kafka-schema";
import type { Manifest } from "../kubernetes/manifest";
import { disruptionBudget, serviceAccount } from "../kubernetes/pods";
import { scheduling, type WorkloadSettings } from "../kubernetes/workloads";
import type { CollectorConfig } from "./collector-config";
import {
  collectorContainer,
  configData,
  configVolume,
  podAnnotations,
  programChecksum,
} from "./collector-pod";
import { COLLECTOR_USER, spreadPods } from "./gateway";
import { kafkaPodParts } from "./kafka-client";
import type { PipelineConfig } from "./pipeline-schema";

/** The pods of collectors that read the topic; each kind of them is a consumer group. */
export interface KafkaReader {
  name: string;
  /** Labels of its pods, which no other has. */
  selector: Record<string, string>;
  collector: CollectorConfig;
  config: PipelineConfig;
  settings: WorkloadSettings;
  namespace: string;
  kafka: Kafka;
  client: KafkaClient;
  /** Whether an update waits for its pods: the Secrets that they mount are there. */
  secretsExist: boolean;
  env: EnvVar[];
  volumeMounts: VolumeMount[];
  volumes: Volume[];
  /** Containers and volumes of a program beside the collector. */
  beside?: PodTemplateSpec;
}

/** They have no volume of their own, and the topic's partitions are shared out among them. */
export function readerManifests(reader: KafkaReader): Manifest[] {
  const { name, namespace, settings, collector } = reader;
  return [
    serviceAccount({ name, namespace }),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: configMapOf(reader), namespace },
      data: configData(collector),
    },
    ...(settings.replicas > 1 ? [disruptionBudget({ name, namespace }, reader.selector)] : []),
    deployment(reader),
  ];
}

function configMapOf({ name }: KafkaReader): string {
  return `${name}-config`;
}

function deployment(reader: KafkaReader): Manifest {
  const { name, namespace, selector, settings, collector, config, secretsExist } = reader;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      namespace,
      // Its Secrets are the user's, for Kafka at least, and may come after the namespace that this update makes.
      annotations: secretsExist ? {} : { "pulumi.com/skipAwait": "true" },
    },
    spec: {
      replicas: settings.replicas,
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: selector,
          annotations: { ...podAnnotations(collector, config), ...programChecksum(reader.beside) },
        },
        spec: podSpec(reader),
      },
    },
  };
}

function podSpec(reader: KafkaReader) {
  const { name, selector, config, settings, kafka, client } = reader;
  const { env, volumeMounts, volumes } = kafkaPodParts(kafka, client);
  return {
    serviceAccountName: name,
    automountServiceAccountToken: false,
    ...scheduling(settings),
    topologySpreadConstraints: spreadPods(selector),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: COLLECTOR_USER,
      runAsGroup: COLLECTOR_USER,
      fsGroup: COLLECTOR_USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      collectorContainer({
        name: selector["app.kubernetes.io/name"] ?? name,
        settings,
        env: [...env, ...reader.env],
        metricsPort: config.metrics.port,
        volumeMounts: [...reader.volumeMounts, ...volumeMounts],
      }),
      ...(reader.beside?.spec?.containers ?? []),
    ],
    volumes: [
      configVolume(configMapOf(reader)),
      ...reader.volumes,
      ...volumes,
      ...(reader.beside?.spec?.volumes ?? []),
    ],
  };
}
