import type { Managed } from "../core/config/elasticsearch-schema";
import type { Override } from "../core/plan/overrides";
import { ELASTIC_VERSION } from "../core/tables/pins";
import { PART_OF } from "../kubernetes/labels";
import type { CustomObject, PlannedObject } from "../kubernetes/manifest";
import { RESTRICTED } from "../kubernetes/pods";
import type { WorkloadSettings } from "../kubernetes/workloads";
import {
  CLUSTER,
  ELASTICSEARCH_ACCOUNT,
  KIBANA_KEYS_SECRET,
  PROVISIONER_SECRET,
  ROLES_SECRET,
} from "./elastic-names";

interface Preset {
  nodes: number;
  kibanas: number;
  /** Copies of the data beside the first. */
  replicas: number;
  zones: boolean;
  /** Against deletion by Pulumi. */
  protect: boolean;
  /** Of an Elasticsearch node, over the sizing table. */
  resources: Override["resources"];
}

/** What a preset stands for. */
export const PRESETS: Readonly<Record<Managed["preset"], Preset>> = {
  poc: { nodes: 1, kibanas: 1, replicas: 0, zones: false, protect: false, resources: {} },
  production: {
    nodes: 3,
    kibanas: 2,
    replicas: 1,
    zones: true,
    protect: true,
    // All of the limit, so that no neighbour's memory is counted on (ECK docs, "Manage compute resources").
    resources: { requests: { cpu: "1", memory: "4Gi" } },
  },
};

export interface ClusterSettings {
  managed: Managed;
  namespace: string;
  elasticsearch: WorkloadSettings;
  kibana: WorkloadSettings | undefined;
  /** Names beside the Services' that the certificates are made for. */
  alsoNamed: readonly string[];
  /** Of the program's own user, where it has one. */
  generation: number | undefined;
}

// A first start pulls more than a gigabyte of image, then forms a cluster.
const READY_WITHIN_SECONDS = "900";

// User of both images (elastic/elasticsearch and elastic/kibana: their Dockerfiles). ECK sets the rest of what the
// level "restricted" wants on the containers (pkg/controller/elasticsearch/securitycontext).
const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 1000,
  fsGroup: 1000,
  seccompProfile: { type: "RuntimeDefault" },
} as const;

const KEYSTORE_CONTAINER = "elastic-internal-init-keystore";

// In what follows no list and no map is empty and no plain boolean is false where ECK's types are `omitempty`: the
// operator leaves these out when it writes the object, which would be a change in the next preview.

/** Elasticsearch as ECK makes it, one set of nodes with all roles. Its readiness is waited for: what comes after speaks to it. */
export function elasticsearchObject(settings: ClusterSettings): PlannedObject {
  const { managed, namespace, elasticsearch, alsoNamed, generation } = settings;
  return {
    apiVersion: "elasticsearch.k8s.elastic.co/v1",
    kind: "Elasticsearch",
    protect: managed.protect ?? PRESETS[managed.preset].protect,
    metadata: {
      name: CLUSTER,
      namespace,
      labels: { "app.kubernetes.io/name": "elasticsearch" },
      annotations: annotations("{.status.phase}=Ready", elasticsearch.replicas),
    },
    spec: {
      version: ELASTIC_VERSION,
      image: elasticsearch.image,
      volumeClaimDeletePolicy: managed.keepData
        ? "DeleteOnScaledownOnly"
        : "DeleteOnScaledownAndClusterDeletion",
      auth: {
        ...(managed.elasticUser ? {} : { disableElasticUser: true }),
        ...(generation !== undefined
          ? {
              fileRealm: [{ secretName: `${PROVISIONER_SECRET}-${generation}` }],
              roles: [{ secretName: ROLES_SECRET }],
            }
          : {}),
      },
      http: http(managed, alsoNamed),
      ...(managed.secureSettings.length > 0
        ? { secureSettings: managed.secureSettings.map((secretName) => ({ secretName })) }
        : {}),
      nodeSets: [nodeSet(settings)],
    },
  };
}

/** Whether the nodes are spread over zones. */
export function isZoneAware({ preset, zoneAwareness }: Managed): boolean {
  return zoneAwareness ?? PRESETS[preset].zones;
}

function nodeSet({ managed, elasticsearch }: ClusterSettings) {
  return {
    name: "all",
    count: elasticsearch.replicas,
    config: { "node.store.allow_mmap": managed.memoryMapping },
    ...(isZoneAware(managed) ? { zoneAwareness: {} } : {}),
    podTemplate: podTemplate("elasticsearch", elasticsearch, ELASTICSEARCH_ACCOUNT),
    volumeClaimTemplates: [
      {
        metadata: { name: "elasticsearch-data" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: managed.storage.size } },
          ...(managed.storage.className ? { storageClassName: managed.storage.className } : {}),
        },
      },
    ],
  };
}

/** Kibana for it, without a word to anyone outside. */
export function kibanaObject(
  settings: Pick<ClusterSettings, "managed" | "namespace" | "alsoNamed">,
  kibana: WorkloadSettings,
): CustomObject {
  const { managed, namespace, alsoNamed } = settings;
  return {
    apiVersion: "kibana.k8s.elastic.co/v1",
    kind: "Kibana",
    metadata: {
      name: CLUSTER,
      namespace,
      labels: { "app.kubernetes.io/name": "kibana" },
      annotations: annotations("{.status.health}=green", kibana.replicas),
    },
    spec: {
      version: ELASTIC_VERSION,
      image: kibana.image,
      count: kibana.replicas,
      elasticsearchRef: { name: CLUSTER },
      secureSettings: [{ secretName: KIBANA_KEYS_SECRET }],
      http: http(managed, alsoNamed),
      config: {
        "telemetry.optIn": false,
        "telemetry.allowChangingOptInStatus": false,
        "xpack.fleet.isAirGapped": true,
      },
      podTemplate: kibanaPods(kibana),
    },
  };
}

/**
 * With secure settings ECK puts an init container before Kibana whose security context it sets itself, to less than the
 * level "restricted" wants (3.5.0: pkg/controller/common/keystore/initcontainer.go): the API server refuses its pods.
 * What the template says of a container of that name wins (pkg/controller/common/defaults/pod_template.go).
 */
function kibanaPods(kibana: WorkloadSettings) {
  const { spec, ...rest } = podTemplate("kibana", kibana);
  const initContainers = [{ name: KEYSTORE_CONTAINER, securityContext: RESTRICTED }];
  return { ...rest, spec: { ...spec, initContainers } };
}

function http({ serviceType }: Managed, alsoNamed: readonly string[]) {
  return {
    service: { spec: { type: serviceType } },
    ...(alsoNamed.length > 0
      ? { tls: { selfSignedCertificate: { subjectAltNames: alsoNamed.map((dns) => ({ dns })) } } }
      : {}),
  };
}

/** The heap is Elasticsearch's own choice by the limit of memory, half of it (its docs, "JVM settings"). */
function podTemplate(name: string, workload: WorkloadSettings, serviceAccountName?: string) {
  return {
    metadata: { labels: { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": PART_OF } },
    spec: {
      ...(serviceAccountName ? { serviceAccountName } : {}),
      automountServiceAccountToken: false,
      securityContext: POD_SECURITY,
      ...(workload.tolerations.length > 0 ? { tolerations: workload.tolerations } : {}),
      nodeSelector: workload.nodeSelector,
      ...(workload.priorityClassName ? { priorityClassName: workload.priorityClassName } : {}),
      containers: [{ name, resources: workload.resources, securityContext: RESTRICTED }],
    },
  };
}

/**
 * The operator writes whole objects back, with what Go adds to them, and is from then on the manager of fields of ours
 * (cloud-on-k8s#8975): each later apply of them, a preview's too, would be a conflict without force.
 */
function annotations(condition: string, nodes: number): Record<string, string> {
  // The operator counts the nodes before it asks Elasticsearch: for a moment it is Ready with none of them available
  // (cloud-on-k8s, pkg/controller/elasticsearch: UpdateAvailableNodes and UpdateWithPhase of one reconciliation).
  const conditions = [condition, `{.status.availableNodes}=${nodes}`].map((one) => `jsonpath=${one}`);
  return {
    "pulumi.com/waitFor": JSON.stringify(conditions),
    "pulumi.com/timeoutSeconds": READY_WITHIN_SECONDS,
    "pulumi.com/patchForce": "true",
  };
}
