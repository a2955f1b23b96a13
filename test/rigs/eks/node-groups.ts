import { type Account, inUse, invalid, type NodeGroup, notFound, now } from "./account";
import { asAnswer, minor } from "./clusters";
import type { Network } from "./network";
import type { Fields } from "./service-model";

/** Managed node groups. A launch template that names an AMI or a disk size is refused where the group says it too. */
export class NodeGroups {
  /** Names whose creation fails, with the reason: a health issue of the API reference. */
  readonly failing = new Map<string, { code: string; message: string }>();

  constructor(
    private readonly account: Account,
    private readonly network: Network,
  ) {}

  find(input: Fields): NodeGroup {
    const name = String(input["nodegroupName"]);
    const group = this.account.cluster(input["clusterName"]).nodeGroups.get(name);
    if (!group) throw notFound(`node group found for name: ${name}.`);
    return group;
  }

  async create(input: Fields): Promise<Fields> {
    const cluster = this.account.activeCluster(input["clusterName"]);
    const name = String(input["nodegroupName"]);
    if (cluster.nodeGroups.has(name)) throw inUse(`NodeGroup already exists with name ${name}`);
    const version = String(input["version"] ?? cluster.fields.version);
    checkVersion(version, cluster.fields.version, input["releaseVersion"]);
    if (input["launchTemplate"] && input["diskSize"] !== undefined)
      throw invalid("Disk size must be specified within the launch template.");
    await this.checkSubnets(input["subnets"] as string[], cluster.fields["resourcesVpcConfig"] as Fields);
    const scaling = {
      minSize: 1,
      maxSize: 2,
      desiredSize: 2,
      ...(input["scalingConfig"] as Fields | undefined),
    };
    checkScaling(scaling);
    const { clusterName, clientRequestToken: _, ...given } = input;
    const group: NodeGroup = {
      status: "CREATING",
      issues: [],
      updates: [],
      fields: {
        capacityType: "ON_DEMAND",
        updateConfig: { maxUnavailable: 1 },
        nodeRepairConfig: { enabled: false },
        labels: {},
        taints: [],
        instanceTypes: ["t3.medium"],
        amiType: "AL2023_x86_64_STANDARD",
        ...given,
        clusterName,
        nodegroupName: name,
        nodegroupArn: this.account.arn("nodegroup", `${String(clusterName)}/${name}/1`),
        scalingConfig: scaling,
        version,
        releaseVersion: input["releaseVersion"] ?? `${version}.0-20260101`,
        createdAt: now(),
        modifiedAt: now(),
        resources: { autoScalingGroups: [{ name: `eks-${name}` }] },
      },
    };
    cluster.nodeGroups.set(name, group);
    const failure = this.failing.get(name);
    if (failure) group.issues.push(failure);
    this.account.change(group, "CREATING", failure ? "CREATE_FAILED" : "ACTIVE");
    this.giveAccess(cluster, String(input["nodeRole"]));
    return { nodegroup: describe(group) };
  }

  updateConfig(input: Fields): Fields {
    const group = this.active(input);
    const { scalingConfig, labels, taints, updateConfig, nodeRepairConfig } = input as Record<
      string,
      Fields | undefined
    >;
    if (scalingConfig) {
      const scaling = { ...(group.fields["scalingConfig"] as Fields), ...scalingConfig };
      checkScaling(scaling);
      group.fields["scalingConfig"] = scaling;
    }
    if (labels) group.fields["labels"] = changed(group.fields["labels"] as Fields, labels, "Labels");
    if (taints) group.fields["taints"] = changedTaints(group.fields["taints"] as Fields[], taints);
    if (updateConfig) group.fields["updateConfig"] = updateConfig;
    if (nodeRepairConfig) group.fields["nodeRepairConfig"] = nodeRepairConfig;
    group.fields["modifiedAt"] = now();
    return { update: asAnswer(this.account.update(group, "ConfigUpdate", {})) };
  }

  updateVersion(input: Fields): Fields {
    const group = this.active(input);
    const cluster = this.account.cluster(input["clusterName"]);
    const version = String(input["version"] ?? group.fields.version);
    checkVersion(version, cluster.fields.version, input["releaseVersion"]);
    group.fields.version = version;
    if (input["releaseVersion"]) group.fields["releaseVersion"] = input["releaseVersion"];
    if (input["launchTemplate"]) group.fields["launchTemplate"] = input["launchTemplate"];
    return { update: asAnswer(this.account.update(group, "VersionUpdate", { Version: version })) };
  }

  delete(input: Fields): Fields {
    const group = this.find(input);
    this.account.change(group, "DELETING", "GONE");
    return { nodegroup: describe(group) };
  }

  private active(input: Fields): NodeGroup {
    const group = this.find(input);
    if (group.status !== "ACTIVE") throw inUse(`Nodegroup is ${group.status}, not ACTIVE.`);
    return group;
  }

  private async checkSubnets(ids: readonly string[], vpcConfig: Fields): Promise<void> {
    const subnets = await this.network.subnets(ids);
    if (subnets.some(({ vpc }) => vpc !== vpcConfig["vpcId"]))
      throw invalid("Subnets are not of the cluster's VPC.");
  }

  /** EKS makes the access entry of a managed node group's role itself (user guide, access entries). */
  private giveAccess(cluster: ReturnType<Account["cluster"]>, role: string): void {
    if (cluster.accessEntries.has(role)) return;
    const fields = {
      clusterName: cluster.fields.name,
      principalArn: role,
      kubernetesGroups: ["system:nodes"],
      accessEntryArn: this.account.arn("access-entry", `${cluster.fields.name}/role/node`),
      createdAt: now(),
      modifiedAt: now(),
      username: "system:node:{{EC2PrivateDNSName}}",
      type: "EC2_LINUX",
    };
    cluster.accessEntries.set(role, { fields, policies: [] });
  }
}

export function describe({ fields, status, issues }: NodeGroup): Fields {
  return { ...fields, status, health: { issues: issues.map((issue) => ({ ...issue, resourceIds: [] })) } };
}

function checkVersion(wanted: string, cluster: string, release: unknown): void {
  if (minor(wanted) > minor(cluster))
    throw invalid(`Nodegroup version ${wanted} is newer than the cluster's ${cluster}`);
  if (minor(cluster) - minor(wanted) > 3)
    throw invalid(`Nodegroup version ${wanted} is too old for ${cluster}`);
  // AL2023's releases begin with the Kubernetes version, Bottlerocket's with its own.
  const [, of] = /^(1\.\d+)\.\d+-\d{8}$/.exec(String(release ?? "")) ?? [];
  if (of !== undefined && of !== wanted)
    throw invalid(`Requested release version ${String(release)} is not valid for ${wanted}`);
}

function checkScaling({ minSize, maxSize, desiredSize }: Fields): void {
  if (Number(minSize) > Number(desiredSize) || Number(desiredSize) > Number(maxSize))
    throw invalid("desired size must be between the minimum and the maximum");
}

function changed(before: Fields, change: Fields, what: string): Fields {
  const removed = (change[`remove${what}`] ?? []) as string[];
  const kept = Object.entries(before).filter(([key]) => !removed.includes(key));
  return { ...Object.fromEntries(kept), ...(change[`addOrUpdate${what}`] as Fields | undefined) };
}

function changedTaints(before: Fields[], change: Fields): Fields[] {
  const removed = [
    ...((change["removeTaints"] ?? []) as Fields[]),
    ...((change["addOrUpdateTaints"] ?? []) as Fields[]),
  ];
  const kept = before.filter(
    (taint) => !removed.some(({ key, effect }) => key === taint["key"] && effect === taint["effect"]),
  );
  return [...kept, ...((change["addOrUpdateTaints"] ?? []) as Fields[])];
}
