import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type {
  Condition,
  ConditionStatus,
  FeatureComponentLike,
  PlannedFeature,
  SecretInputs,
} from "../core/contract/feature";
import { makeChart } from "../kubernetes/charts";
import { readiness } from "../kubernetes/conditions";
import type { CustomObject, Manifest, PlannedObject } from "../kubernetes/manifest";

/** A resource of the Kubernetes provider, made from a plain manifest. */
type KubernetesClass = new (
  name: string,
  args: Manifest,
  opts: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

// The SDK has a class for every kind; the plan has plain objects. One line per kind that a feature may plan.
const CLASSES: Readonly<Record<Manifest["kind"], () => unknown>> = {
  ClusterRole: () => k8s.rbac.v1.ClusterRole,
  ClusterRoleBinding: () => k8s.rbac.v1.ClusterRoleBinding,
  ConfigMap: () => k8s.core.v1.ConfigMap,
  CronJob: () => k8s.batch.v1.CronJob,
  DaemonSet: () => k8s.apps.v1.DaemonSet,
  Deployment: () => k8s.apps.v1.Deployment,
  Job: () => k8s.batch.v1.Job,
  Namespace: () => k8s.core.v1.Namespace,
  NetworkPolicy: () => k8s.networking.v1.NetworkPolicy,
  PersistentVolumeClaim: () => k8s.core.v1.PersistentVolumeClaim,
  PodDisruptionBudget: () => k8s.policy.v1.PodDisruptionBudget,
  PriorityClass: () => k8s.scheduling.v1.PriorityClass,
  Role: () => k8s.rbac.v1.Role,
  RoleBinding: () => k8s.rbac.v1.RoleBinding,
  Service: () => k8s.core.v1.Service,
  ServiceAccount: () => k8s.core.v1.ServiceAccount,
  StatefulSet: () => k8s.apps.v1.StatefulSet,
  ValidatingAdmissionPolicy: () => k8s.admissionregistration.v1.ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding: () => k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding,
};

const WORKLOAD_KINDS: ReadonlySet<string> = new Set([
  "CronJob",
  "DaemonSet",
  "Deployment",
  "Job",
  "StatefulSet",
]);

/** Makes one Kubernetes resource. */
export function makeManifest(manifest: Manifest, opts: pulumi.CustomResourceOptions): pulumi.CustomResource {
  const kubernetesClass = CLASSES[manifest.kind]() as KubernetesClass;
  return new kubernetesClass(logicalName(manifest), manifest, opts);
}

/** Unique within a feature: `kind/[namespace/]name`. */
function logicalName({ kind, metadata }: Manifest | CustomObject): string {
  return [kind.toLowerCase(), metadata.namespace, metadata.name].filter(Boolean).join("/");
}

/**
 * Turns a feature's contribution into resources: what workloads need (RBAC, config, services) first, then
 * the workloads, then charts, then custom objects. A feature whose resources are not all plain data extends
 * it and overrides {@link makeSecrets}.
 */
export class FeatureComponent extends pulumi.ComponentResource implements FeatureComponentLike {
  readonly conditions: pulumi.Output<ConditionStatus[]>;

  constructor(
    name: string,
    feature: PlannedFeature,
    secrets: SecretInputs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super(`security-stack:${feature.name}:Feature`, name, {}, opts);
    const { manifests, charts = [], customObjects = [], conditions } = feature.contribution;
    const secretObjects = this.makeSecrets(feature, secrets);
    const support = this.makeManifests(manifests.filter((m) => !WORKLOAD_KINDS.has(m.kind)));
    const workloads = this.makeManifests(
      manifests.filter((m) => WORKLOAD_KINDS.has(m.kind)),
      [...secretObjects, ...support],
    );
    const chartResources = charts.map((chart) => makeChart(chart, feature.name, { parent: this }));
    const custom = this.makeCustomObjects(customObjects, [...secretObjects, ...chartResources]);
    this.makeInside(feature, secrets, custom);
    this.conditions = readConditions(conditions, [...workloads, ...custom], chartResources);
    this.registerOutputs({ conditions: this.conditions });
  }

  /** Secrets and certificates, which the plan can't hold. Called before any other resource is made. */
  protected makeSecrets(_feature: PlannedFeature, _secrets: SecretInputs): pulumi.Resource[] {
    return [];
  }

  /** What is made inside of something that runs, once the custom objects for it are ready. Called last. */
  protected makeInside(
    _feature: PlannedFeature,
    _secrets: SecretInputs,
    _customObjects: readonly k8s.apiextensions.CustomResource[],
  ): void {}

  private makeManifests(manifests: readonly Manifest[], dependsOn: pulumi.Resource[] = []) {
    return manifests.map((manifest) => makeManifest(manifest, { parent: this, dependsOn }));
  }

  private makeCustomObjects(objects: readonly PlannedObject[], dependsOn: pulumi.Resource[]) {
    return objects.map(({ protect = false, ...object }) => {
      // A property that is not named at the start is none of the resource's when it is asked for.
      const args = { ...object, status: undefined };
      const opts = { parent: this, dependsOn, protect };
      return new k8s.apiextensions.CustomResource(logicalName(object), args, opts);
    });
  }
}

function readConditions(
  conditions: readonly Condition[],
  workloads: readonly pulumi.CustomResource[],
  charts: readonly k8s.helm.v4.Chart[],
): pulumi.Output<ConditionStatus[]> {
  const made = pulumi
    .all(charts.map((chart) => chart.resources))
    .apply((lists) => [...workloads, ...lists.flat()].filter(hasStatus));
  return made.apply((resources) =>
    pulumi
      .all(resources.map((r) => ({ kind: r.kind, metadata: r.metadata, spec: r.spec, status: r.status })))
      .apply((live) => conditions.map((condition) => readiness(condition, live))),
  ) as pulumi.Output<ConditionStatus[]>;
}

/** What a condition can count pods of. */
interface WithStatus extends pulumi.CustomResource {
  kind: pulumi.Output<string>;
  metadata: pulumi.Output<{ name: string; namespace?: string }>;
  spec?: pulumi.Output<unknown>;
  status: pulumi.Output<unknown>;
}

function hasStatus(resource: unknown): resource is WithStatus {
  const { DaemonSet, Deployment, StatefulSet } = k8s.apps.v1;
  const { CronJob, Job } = k8s.batch.v1;
  const kinds = [DaemonSet, Deployment, StatefulSet, CronJob, Job, k8s.apiextensions.CustomResource];
  return kinds.some((kind) => kind.isInstance(resource)) && "status" in (resource as object);
}
