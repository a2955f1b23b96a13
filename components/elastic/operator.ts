import type { Manifest } from "../kubernetes/manifest";
import type { WorkloadSettings } from "../kubernetes/workloads";
import { OPERATOR } from "./elastic-names";

export interface OperatorSettings {
  /** Its own namespace, and the only one that it looks after. */
  namespace: string;
  workload: WorkloadSettings;
  zoneAwareness: boolean;
}

/**
 * Values of the eck-operator chart 3.5.0, after its profile-restricted.yaml: rights in one namespace only, and so
 * neither a webhook (what it would refuse is refused by the CRDs' schemas and the plan) nor a look at StorageClasses.
 */
export function operatorValues({ namespace, workload, zoneAwareness }: OperatorSettings) {
  return {
    installCRDs: true,
    managedNamespaces: [namespace],
    createClusterScopedResources: false,
    webhook: { enabled: false },
    telemetry: { disabled: true },
    image: chartImage(workload.image),
    replicaCount: workload.replicas,
    resources: workload.resources,
    nodeSelector: workload.nodeSelector,
    tolerations: workload.tolerations,
    priorityClassName: workload.priorityClassName ?? "",
    // What the level "restricted" wants beside the chart's own settings.
    podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    config: {
      validateStorageClass: false,
      // By default a year (ECK docs, "Configure ECK": ca-cert-validity), after which every client that read the authority
      // at its start refuses Elasticsearch: collectors don't read it again. Certificates are made anew each year still.
      caValidity: TEN_YEARS,
      // To copy a node's labels onto pods it reads nodes: only where zones are asked for.
      exposedNodeLabels: zoneAwareness ? [ZONE_LABELS] : [],
    },
  };
}

const TEN_YEARS = "87600h";

/** An image as the chart puts it together: `repository:tag@digest`, the tag its own where there is none. */
function chartImage(reference: string): { repository: string; tag: string | null; digest: string | null } {
  const [name = "", digest] = reference.split("@");
  const [, repository = name, tag] = /^(.+):([^/:]+)$/.exec(name) ?? [];
  return { repository, tag: tag ?? null, digest: digest ?? null };
}

const ZONE_LABELS = "topology.kubernetes.io/.*";

/** The one right that it has in all of the cluster: which zone a node is in. */
export function nodeReader(namespace: string): Manifest[] {
  const metadata = { name: `${OPERATOR}-nodes` };
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata,
      rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] }],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: metadata.name },
      subjects: [{ kind: "ServiceAccount", name: OPERATOR, namespace }],
    },
  ];
}
