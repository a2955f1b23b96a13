import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "kubernetes-types/admissionregistration/v1";
import type { DaemonSet, Deployment, StatefulSet } from "kubernetes-types/apps/v1";
import type { CronJob, Job } from "kubernetes-types/batch/v1";
import type {
  ConfigMap,
  LimitRange,
  Namespace,
  PersistentVolumeClaim,
  ResourceQuota,
  Service,
  ServiceAccount,
} from "kubernetes-types/core/v1";
import type { ObjectMeta } from "kubernetes-types/meta/v1";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import type { PodDisruptionBudget } from "kubernetes-types/policy/v1";
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "kubernetes-types/rbac/v1";
import type { PriorityClass } from "kubernetes-types/scheduling/v1";
import type { Ordered } from "./capabilities";

/** `metadata` as the plan has it: the name is always fixed, since other objects refer to it. */
export type Metadata = ObjectMeta & { name: string };

type Object<Kind extends string, ApiVersion extends string, Type> = Omit<
  Type,
  "kind" | "apiVersion" | "metadata" | "status"
> & { kind: Kind; apiVersion: ApiVersion; metadata: Metadata };

/** A custom resource: checked by its CRD's schema in the API server, opaque to the plan. */
export interface CustomObject {
  kind: string;
  apiVersion: `${string}.${string}/${string}`;
  metadata: Metadata;
  spec?: unknown;
}

/** A custom object in the plan. */
export interface PlannedObject extends CustomObject, Ordered {
  /** Pulumi refuses to delete it: it holds data. */
  protect?: boolean;
}

export type WorkloadObject =
  | Object<"DaemonSet", "apps/v1", DaemonSet>
  | Object<"Deployment", "apps/v1", Deployment>
  | Object<"StatefulSet", "apps/v1", StatefulSet>
  | Object<"CronJob", "batch/v1", CronJob>
  | Object<"Job", "batch/v1", Job>;

/**
 * A Kubernetes object as plain data, as the plan prints it. There is deliberately no Secret among them: a
 * secret never enters the plan: a feature makes it beside the plan (`FeatureDefinition.resources`).
 */
export type Manifest =
  | WorkloadObject
  | Object<"ConfigMap", "v1", ConfigMap>
  | Object<"LimitRange", "v1", LimitRange>
  | Object<"Namespace", "v1", Namespace>
  | Object<"ResourceQuota", "v1", ResourceQuota>
  | Object<"Service", "v1", Service>
  | Object<"ServiceAccount", "v1", ServiceAccount>
  | Object<"PersistentVolumeClaim", "v1", PersistentVolumeClaim>
  | Object<"ClusterRole", "rbac.authorization.k8s.io/v1", ClusterRole>
  | Object<"ClusterRoleBinding", "rbac.authorization.k8s.io/v1", ClusterRoleBinding>
  | Object<"Role", "rbac.authorization.k8s.io/v1", Role>
  | Object<"RoleBinding", "rbac.authorization.k8s.io/v1", RoleBinding>
  | Object<"NetworkPolicy", "networking.k8s.io/v1", NetworkPolicy>
  | Object<"PodDisruptionBudget", "policy/v1", PodDisruptionBudget>
  | Object<"PriorityClass", "scheduling.k8s.io/v1", PriorityClass>
  | Object<"ValidatingAdmissionPolicy", "admissionregistration.k8s.io/v1", ValidatingAdmissionPolicy>
  | Object<
      "ValidatingAdmissionPolicyBinding",
      "admissionregistration.k8s.io/v1",
      ValidatingAdmissionPolicyBinding
    >;

/** Names of the namespaces that are made among these. */
export function namespacesMade(manifests: readonly Manifest[]): string[] {
  return manifests.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name);
}
