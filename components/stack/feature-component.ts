import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PlannedFeature } from "../core/contract/contribution";
import type { ResourceScope, SecretInputs } from "../core/contract/resources";
import type { MakeExtra } from "../core/plan/plan";
import type { Ordered } from "../kubernetes/capabilities";
import { type Chart, makeChart } from "../kubernetes/charts";
import { type Condition, type ConditionStatus, readiness } from "../kubernetes/conditions";
import type { CustomObject, Manifest, PlannedObject } from "../kubernetes/manifest";
import type { CapabilityResources } from "./capability-resources";

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
  LimitRange: () => k8s.core.v1.LimitRange,
  Namespace: () => k8s.core.v1.Namespace,
  NetworkPolicy: () => k8s.networking.v1.NetworkPolicy,
  PersistentVolumeClaim: () => k8s.core.v1.PersistentVolumeClaim,
  PodDisruptionBudget: () => k8s.policy.v1.PodDisruptionBudget,
  PriorityClass: () => k8s.scheduling.v1.PriorityClass,
  ResourceQuota: () => k8s.core.v1.ResourceQuota,
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

export interface FeatureComponentArgs {
  feature: PlannedFeature;
  /** Makes what can't be plain data. */
  makeExtra: MakeExtra | undefined;
  /** What the feature as a whole provides. */
  ordering: Ordered;
  /** What other parts of the stack provide; the feature's own parts are added to it. */
  capabilities: CapabilityResources;
  secrets: SecretInputs;
  /** Of `ResourceScope`. */
  rendersOnly: boolean;
  /** Of `ResourceScope`. */
  kubeconfig?: ResourceScope["kubeconfig"];
}

/**
 * Turns a feature's contribution into resources: what workloads need (RBAC, config, services) first, then the
 * workloads, then definitions of kinds and charts, then custom objects, then what is inside of what those run.
 */
export class FeatureComponent extends pulumi.ComponentResource {
  /** Live counts behind the feature's conditions. */
  readonly conditions: pulumi.Output<ConditionStatus[]>;

  constructor(name: string, args: FeatureComponentArgs, opts: pulumi.ComponentResourceOptions) {
    const { feature, makeExtra, ordering, capabilities, secrets, rendersOnly, kubeconfig } = args;
    super(`security-stack:${feature.name}:Feature`, name, {}, opts);
    const { manifests, charts = [], customObjects = [], conditions } = feature.contribution;
    const scope = { feature: feature.name, parent: this, secrets, rendersOnly, kubeconfig };
    const extra = makeExtra?.(scope) ?? { secrets: [] };
    const support = this.makeManifests(manifests.filter((m) => !WORKLOAD_KINDS.has(m.kind)));
    const workloads = this.makeManifests(
      manifests.filter((m) => WORKLOAD_KINDS.has(m.kind)),
      [...extra.secrets, ...support],
    );
    const definitions = this.makeCustomObjects(customObjects.filter(isDefinition), [], capabilities);
    const chartResources = this.makeCharts(charts, feature.name, capabilities, definitions);
    const custom = this.makeCustomObjects(
      customObjects.filter((object) => !isDefinition(object)),
      [...extra.secrets, ...chartResources],
      capabilities,
    );
    extra.contents?.(custom);
    const made = [...definitions, ...support, ...workloads, ...chartResources, ...custom];
    capabilities.add(ordering, [...extra.secrets, ...made]);
    this.conditions = readConditions(conditions, [...workloads, ...custom], chartResources);
    this.registerOutputs({ conditions: this.conditions });
  }

  private makeManifests(manifests: readonly Manifest[], dependsOn: pulumi.Resource[] = []) {
    return manifests.map((manifest) => makeManifest(manifest, { parent: this, dependsOn }));
  }

  private makeCharts(
    charts: readonly Chart[],
    feature: string,
    capabilities: CapabilityResources,
    definitions: readonly pulumi.Resource[],
  ) {
    return charts.map((chart) => {
      const dependsOn = [...definitions, ...capabilities.neededBy(chart)];
      const made = makeChart(chart, feature, { parent: this, dependsOn });
      capabilities.add(chart, [made]);
      return made;
    });
  }

  private makeCustomObjects(
    objects: readonly PlannedObject[],
    dependsOn: pulumi.Resource[],
    capabilities: CapabilityResources,
  ) {
    return objects.map(({ protect = false, after, provides, ...object }) => {
      // A property that is not named at the start is none of the resource's when it is asked for.
      const args = { ...object, status: undefined };
      const needed = [...dependsOn, ...capabilities.neededBy({ after })];
      const opts = { parent: this, dependsOn: needed, protect };
      const made = new k8s.apiextensions.CustomResource(logicalName(object), args, opts);
      capabilities.add({ provides }, [made]);
      return made;
    });
  }
}

/** Kinds that a feature brings itself, because no chart has them: what runs in the chart's pods waits for them. */
function isDefinition({ kind }: CustomObject): boolean {
  return kind === "CustomResourceDefinition";
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
