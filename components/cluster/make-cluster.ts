import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as eks from "@pulumi/aws/eks";
import * as iam from "@pulumi/aws/iam";
import * as kms from "@pulumi/aws/kms";
import { Provider } from "@pulumi/aws/provider";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MadeCluster } from "../core/contract/resources";
import {
  type AddonVersion,
  type AwsResource,
  type AwsType,
  type AwsValue,
  isAddonVersion,
  isReference,
  type Reference,
} from "./aws-resource";
import type { ClusterPlan } from "./cluster-plan";
import { kubeconfigOf } from "./kubeconfig";

/** A resource of the AWS provider, made from plain arguments. */
type AwsClass = new (
  name: string,
  args: Record<string, unknown>,
  opts: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

// The SDK loads a class's file when it is asked for; the plan has plain objects. One line per type that it may have.
const CLASSES: Readonly<Record<AwsType, () => unknown>> = {
  "cloudwatch.LogGroup": () => cloudwatch.LogGroup,
  "ec2.DefaultSecurityGroup": () => ec2.DefaultSecurityGroup,
  "ec2.Eip": () => ec2.Eip,
  "ec2.InternetGateway": () => ec2.InternetGateway,
  "ec2.LaunchTemplate": () => ec2.LaunchTemplate,
  "ec2.NatGateway": () => ec2.NatGateway,
  "ec2.Route": () => ec2.Route,
  "ec2.RouteTable": () => ec2.RouteTable,
  "ec2.RouteTableAssociation": () => ec2.RouteTableAssociation,
  "ec2.Subnet": () => ec2.Subnet,
  "ec2.Vpc": () => ec2.Vpc,
  "eks.AccessEntry": () => eks.AccessEntry,
  "eks.AccessPolicyAssociation": () => eks.AccessPolicyAssociation,
  "eks.Addon": () => eks.Addon,
  "eks.Cluster": () => eks.Cluster,
  "eks.NodeGroup": () => eks.NodeGroup,
  "eks.PodIdentityAssociation": () => eks.PodIdentityAssociation,
  "iam.Role": () => iam.Role,
  "iam.RolePolicy": () => iam.RolePolicy,
  "iam.RolePolicyAttachment": () => iam.RolePolicyAttachment,
  "kms.Alias": () => kms.Alias,
  "kms.Key": () => kms.Key,
};

/**
 * The cluster on AWS, and the provider by which the rest of the stack is made on it. Where the stack brings the network of
 * pods, the nodes wait for {@link makeNodes}.
 */
export class EksCluster extends pulumi.ComponentResource implements MadeCluster {
  readonly provider: k8s.Provider;
  readonly kubeconfig: pulumi.Output<string>;
  /** Once they are there pods start, and volumes are made for them. */
  usable: readonly pulumi.CustomResource[] = [];
  readonly endpoint: pulumi.Output<string>;
  private readonly made = new Map<string, pulumi.CustomResource>();
  private readonly cluster: eks.Cluster;
  private readonly aws: Provider;

  constructor(
    name: string,
    private readonly plan: ClusterPlan,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("security-stack:cluster:EksCluster", name, {}, opts);
    this.aws = this.makeAwsProvider(plan);
    for (const resource of plan.resources.slice(0, firstNodes(plan))) this.make(resource);
    this.cluster = this.find("cluster") as eks.Cluster;
    this.endpoint = this.cluster.endpoint;
    this.kubeconfig = this.readKubeconfig(plan);
    this.provider = this.makeKubernetesProvider(plan);
    if (!plan.podNetwork) this.makeNodes([]);
    this.registerOutputs({ endpoint: this.endpoint });
  }

  /** As it is before it has nodes: for the network of pods. */
  withoutNodes(): MadeCluster {
    const { provider, kubeconfig, plan } = this;
    return { provider, kubeconfig, usable: (plan.podNetwork?.after ?? []).map((name) => this.find(name)) };
  }

  /** The nodes, and what needs nodes. @param after what has to be there before them */
  makeNodes(after: readonly pulumi.Resource[]): void {
    const { resources, usableAfter } = this.plan;
    for (const resource of resources.slice(firstNodes(this.plan))) this.make(resource, after);
    const storage = this.makeStorageClass(this.plan);
    this.usable = [...usableAfter.map((needed) => this.find(needed)), storage];
  }

  private makeAwsProvider({ accountId, region, profile, assumeRole, tags }: ClusterPlan): Provider {
    return new Provider(
      "aws",
      {
        region,
        profile,
        assumeRoles: assumeRole === undefined ? undefined : [{ roleArn: assumeRole }],
        // With credentials of another account nothing is made there.
        allowedAccountIds: [accountId],
        defaultTags: { tags },
      },
      { parent: this },
    );
  }

  private make(
    { name, type, args, after = [], patience, ...options }: AwsResource,
    alsoAfter: readonly pulumi.Resource[] = [],
  ): void {
    const awsClass = CLASSES[type]() as AwsClass;
    const opts: pulumi.CustomResourceOptions = {
      parent: this,
      provider: this.aws,
      dependsOn: [...after.map((needed) => this.find(needed)), ...alsoAfter],
      protect: options.protect,
      ignoreChanges: options.ignoreChanges ? [...options.ignoreChanges] : undefined,
      deleteBeforeReplace: options.deleteBeforeReplace,
      customTimeouts: patience === undefined ? undefined : { create: patience, update: patience },
    };
    const resolved = Object.entries(args).map(([key, value]) => [key, this.resolve(value)]);
    this.made.set(name, new awsClass(name, Object.fromEntries(resolved), opts));
  }

  private resolve(value: AwsValue): unknown {
    if (typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map((part) => this.resolve(part));
    if (isReference(value)) return this.read(value);
    if (isAddonVersion(value)) return this.versionOf(value);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, this.resolve(part)]));
  }

  private versionOf({ addon, newest }: AddonVersion): pulumi.Output<string> {
    const { version } = this.find("cluster") as eks.Cluster;
    const args = { addonName: addon, kubernetesVersion: version, mostRecent: newest };
    return eks.getAddonVersionOutput(args, { provider: this.aws, parent: this }).version;
  }

  private read({ resource, property }: Reference): unknown {
    const found: unknown = Reflect.get(this.find(resource), property);
    // A launch template counts its versions; a node group names one.
    return property === "latestVersion" ? pulumi.interpolate`${found}` : found;
  }

  private find(name: string): pulumi.CustomResource {
    const found = this.made.get(name);
    if (!found) throw new Error(`The plan of the cluster has no ${name} before what needs it.`);
    return found;
  }

  /** Known once the API server lets the program in. */
  private readKubeconfig(plan: ClusterPlan): pulumi.Output<string> {
    const { clusterName, region, profile, assumeRole, reachableAfter } = plan;
    const { endpoint, certificateAuthority } = this.cluster;
    const allowed = pulumi.all(reachableAfter.map((needed) => this.find(needed).id));
    return pulumi
      .all([endpoint, certificateAuthority, allowed])
      .apply(([endpoint, { data: certificateAuthority }]) =>
        kubeconfigOf({ clusterName, endpoint, certificateAuthority, region, profile, assumeRole }),
      );
  }

  private makeKubernetesProvider({ reachableAfter }: ClusterPlan): k8s.Provider {
    return new k8s.Provider(
      "kubernetes",
      {
        kubeconfig: this.kubeconfig,
        // Every cluster has an endpoint of its own: on a new one all objects are made again.
        clusterIdentifier: this.cluster.endpoint,
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      { parent: this, dependsOn: reachableAfter.map((needed) => this.find(needed)) },
    );
  }

  /** EKS makes none that is the default since Kubernetes 1.30 (user guide, version notes). */
  private makeStorageClass({ keepVolumes, tags }: ClusterPlan): k8s.storage.v1.StorageClass {
    return new k8s.storage.v1.StorageClass(
      "gp3",
      {
        metadata: { name: "gp3", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: "ebs.csi.aws.com",
        parameters: { type: "gp3", encrypted: "true", ...volumeTags(tags) },
        reclaimPolicy: keepVolumes ? "Retain" : "Delete",
        volumeBindingMode: "WaitForFirstConsumer",
        allowVolumeExpansion: true,
      },
      { parent: this, provider: this.provider, dependsOn: this.find("addon-aws-ebs-csi-driver") },
    );
  }
}

/** By which the EBS CSI driver tags the volumes that it makes: the provider's own tags reach only what it makes itself. */
function volumeTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return Object.fromEntries(pairs.map((pair, index) => [`tagSpecification_${index + 1}`, pair]));
}

/** Where the nodes begin among the resources of a plan. */
function firstNodes({ resources }: ClusterPlan): number {
  return resources.findIndex(({ type }) => type === "eks.NodeGroup");
}
