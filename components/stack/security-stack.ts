import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MadeCluster, SecretInputs } from "../core/contract/resources";
import { inOrder } from "../core/plan/ordering";
import type { Plan, PlanWithExtras } from "../core/plan/plan";
import type { ConditionStatus } from "../kubernetes/conditions";
import { CapabilityResources } from "./capability-resources";
import { FeatureComponent, makeManifest } from "./feature-component";
import { knownValue } from "./known-value";

export interface SecurityStackArgs extends PlanWithExtras {
  secrets: SecretInputs;
  /** Write YAML files to this folder instead of deploying. */
  renderToDirectory?: string;
  /** The cluster that this program makes; without it the one of the kubeconfig in use. */
  cluster?: MadeCluster | undefined;
}

/**
 * The whole stack: turns a plan into resources, all of them children of this component and made by one
 * explicit Kubernetes provider (the default one is disabled in Pulumi.yaml, so that nothing can reach
 * another cluster by mistake).
 */
export class SecurityStack extends pulumi.ComponentResource {
  /** Kubernetes-style conditions, one or more per feature, as the API server reported them at the last update or refresh. */
  readonly conditions: pulumi.Output<ConditionStatus[]>;

  constructor(name: string, args: SecurityStackArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, extras, ordering, secrets, cluster } = args;
    super(
      "security-stack:index:SecurityStack",
      name,
      {},
      { ...opts, dependsOn: [...(cluster?.usable ?? [])] },
    );
    const rendersOnly = args.renderToDirectory !== undefined;
    const provider = cluster?.provider ?? this.makeProvider(plan.context, args.renderToDirectory);
    const kubeconfig = cluster && (() => kubeconfigText(cluster));
    const platform = new Platform("platform", plan, { parent: this, provider });
    const capabilities = new CapabilityResources();
    const features = inOrder(plan.features, ordering).map((feature) => {
      const { name } = feature;
      const order = ordering.get(name) ?? {};
      const made = {
        makeExtra: extras.get(name),
        ordering: order,
        capabilities,
        secrets,
        rendersOnly,
        kubeconfig,
      };
      const dependsOn = [...platform.objects, ...capabilities.neededBy(order)];
      return new FeatureComponent(name, { feature, ...made }, { parent: this, provider, dependsOn });
    });
    this.conditions = pulumi
      .all(features.map((feature) => feature.conditions))
      .apply((lists) => lists.flat());
    this.registerOutputs({ conditions: this.conditions });
  }

  private makeProvider(context: string | undefined, renderYamlToDirectory: string | undefined): k8s.Provider {
    return new k8s.Provider(
      "kubernetes",
      {
        // A changed ConfigMap or Secret is updated in place; pods follow by their checksum annotation.
        enableConfigMapMutable: true,
        enableSecretMutable: true,
        ...(renderYamlToDirectory ? { renderYamlToDirectory } : context ? { context } : {}),
      },
      { parent: this },
    );
  }
}

/** Asked for where a cluster is asked something, which a preview of one that is yet to be made does not. */
async function kubeconfigText({ kubeconfig }: MadeCluster): Promise<string> {
  const text = await knownValue(kubeconfig);
  if (text === undefined) throw new Error("the cluster is yet to be made");
  return text;
}

/** Namespaces and what holds in all of them. */
class Platform extends pulumi.ComponentResource {
  readonly objects: pulumi.CustomResource[];

  constructor(name: string, plan: Plan, opts: pulumi.ComponentResourceOptions) {
    super("security-stack:platform:Platform", name, {}, opts);
    const namespaces = plan.platform.filter((m) => m.kind === "Namespace");
    const rest = plan.platform.filter((m) => m.kind !== "Namespace");
    const made = namespaces.map((m) =>
      makeManifest(m, { parent: this, retainOnDelete: plan.keptNamespaces.includes(m.metadata.name) }),
    );
    this.objects = [...made, ...rest.map((m) => makeManifest(m, { parent: this, dependsOn: made }))];
    this.registerOutputs({});
  }
}

/** The stack's outputs: what is ready, where it is, what it takes and what to do next. */
export function stackOutputs(stack: SecurityStack, plan: Plan): Record<string, pulumi.Input<unknown>> {
  const ready = stack.conditions.apply((all) =>
    Object.fromEntries(all.map((c) => [outputName(c.type), c.ready])),
  );
  const types = plan.features
    .flatMap((f) => f.contribution.conditions.map((c) => c.type))
    .filter((type) => type.endsWith("Ready"));
  return {
    ...Object.fromEntries(types.map((type) => [outputName(type), ready.apply((r) => r[outputName(type)])])),
    conditions: stack.conditions.apply((all) => all.map(({ ready: _, ...condition }) => condition)),
    endpoints: plan.endpoints,
    images: plan.images,
    sizing: { perNode: plan.sizing.perNode, cluster: plan.sizing.cluster, warnings: plan.sizing.warnings },
    nextSteps: plan.nextSteps,
  };
}

/** "FalcoReady" -> "falcoReady". */
function outputName(conditionType: string): string {
  return `${conditionType.replace(/Ready$/, "").toLowerCase()}Ready`;
}
