import type { PersistentVolumeClaim, PodTemplateSpec } from "kubernetes-types/core/v1";
import { type LineReader, READER_STATE_FOLDER } from "../core/contract/line-reader";
import { COMPONENT_LABEL } from "../kubernetes/labels";
import type { Manifest } from "../kubernetes/manifest";
import { secretVolume } from "../kubernetes/pods";
import type { CollectorConfig } from "./collector-config";
import {
  collectorContainer,
  configData,
  configVolume,
  podAnnotations,
  programChecksum,
} from "./collector-pod";
import { LINE_READER_TLS, STATE_FOLDER, selectorOf, TLS_FOLDER } from "./pipeline-names";
import type { PipelineConfig } from "./pipeline-schema";

/** Turning it off removes its volume with all else. */
const DISPOSABLE = "a place in a log that others keep, and a queue on its way to the store";

/** A line reader, with what its collector runs with. */
export interface PlannedReader {
  reader: LineReader;
  collector: CollectorConfig;
  config: PipelineConfig;
  /** Of the collector. */
  image: string;
  namespace: string;
  /** Label of all objects of the feature: the volume is made by Kubernetes from a template. */
  component: string;
}

/**
 * The pod of a line reader: a StatefulSet of one, so that there are never two of it, with a volume for the place that it has
 * come to and for the collector's queue.
 */
export function lineReaderManifests(planned: PlannedReader): Manifest[] {
  const { reader, namespace, collector } = planned;
  const labels = selectorOf(reader.name);
  return [
    ...reader.manifests,
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: configMapOf(reader), namespace },
      data: configData(collector),
    },
    {
      // A StatefulSet wants one; nobody calls these pods.
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: reader.name, namespace, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: { clusterIP: "None", selector: labels },
    },
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: {
        name: reader.name,
        namespace,
        annotations: { "security-stack/disposable-data": DISPOSABLE },
      },
      spec: {
        serviceName: reader.name,
        replicas: 1,
        selector: { matchLabels: labels },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
        volumeClaimTemplates: [stateVolume(planned)],
        template: podTemplate(planned),
      },
    },
  ];
}

function configMapOf({ name }: LineReader): string {
  return `${name}-collector-config`;
}

/** The queue, and as much again for what its file has in between (bbolt gives no room back until it is compacted). */
function stateVolume({ reader, config, component }: PlannedReader): PersistentVolumeClaim {
  const { nodeMegabytes, storageClass } = config.queue;
  return {
    metadata: { name: "state", labels: { ...selectorOf(reader.name), [COMPONENT_LABEL]: component } },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: `${2 * nodeMegabytes}Mi` } },
      ...(storageClass ? { storageClassName: storageClass } : {}),
    },
  };
}

function podTemplate({ reader, collector, config, image }: PlannedReader): PodTemplateSpec {
  const { metadata, spec } = reader.template;
  const { containers = [], volumes = [], ...pod } = spec ?? { containers: [] };
  const { requests, limits } = reader.collector;
  const state = { name: "state", mountPath: READER_STATE_FOLDER };
  return {
    metadata: {
      ...metadata,
      annotations: { ...podAnnotations(collector, config), ...programChecksum(reader.template) },
    },
    spec: {
      ...pod,
      containers: [
        ...containers.map((container) => ({
          ...container,
          volumeMounts: [...(container.volumeMounts ?? []), state],
        })),
        collectorContainer({
          name: "collector",
          settings: { resources: { requests, limits }, image },
          metricsPort: config.metrics.port,
          env: [{ name: "KUBE_NODE_NAME", value: reader.host }],
          volumeMounts: [
            { name: "state", mountPath: STATE_FOLDER },
            { name: "tls", mountPath: TLS_FOLDER, readOnly: true },
          ],
        }),
      ],
      volumes: [...volumes, configVolume(configMapOf(reader)), secretVolume("tls", LINE_READER_TLS)],
    },
  };
}
