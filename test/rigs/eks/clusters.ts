import {
  type Account,
  AwsRefusal,
  badRequest,
  type Cluster,
  inUse,
  invalid,
  notFound,
  now,
  type Update,
} from "./account";
import type { Network } from "./network";
import type { Fields } from "./service-model";

/** What stands behind the endpoint of every cluster. */
export interface Endpoint {
  url: string;
  /** CA certificate, as PEM in base64. */
  ca: string;
}

/** In standard or extended support in November 2026 (EKS user guide, Kubernetes versions). */
const VERSIONS = ["1.33", "1.34", "1.35", "1.36"];
const LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/** CreateCluster and what follows it. Each refusal is one of the API reference of that operation. */
export class Clusters {
  constructor(
    private readonly account: Account,
    private readonly network: Network,
    private readonly endpoint: Endpoint,
  ) {}

  async create(input: Fields): Promise<Fields> {
    const name = String(input["name"]);
    if (this.account.clusters.has(name)) throw inUse(`Cluster already exists with name: ${name}`);
    const version = String(input["version"] ?? VERSIONS[2]);
    if (!VERSIONS.includes(version)) throw invalid(`unsupported Kubernetes version ${version}`);
    const vpc = await this.vpcConfig(name, input["resourcesVpcConfig"] as Fields);
    const access = (input["accessConfig"] ?? {}) as Fields;
    const cluster: Cluster = {
      status: "CREATING",
      fields: {
        name,
        version,
        arn: this.account.arn("cluster", name),
        createdAt: now(),
        roleArn: input["roleArn"],
        resourcesVpcConfig: vpc,
        kubernetesNetworkConfig: {
          serviceIpv4Cidr: "172.20.0.0/16",
          ipFamily: "ipv4",
          elasticLoadBalancing: { enabled: false },
          ...(input["kubernetesNetworkConfig"] as Fields | undefined),
        },
        logging: { clusterLogging: clusterLogging(input["logging"] as Fields | undefined) },
        // bootstrapClusterCreatorAdminPermissions is not in the answers of the real API.
        accessConfig: { authenticationMode: access["authenticationMode"] ?? "CONFIG_MAP" },
        upgradePolicy: input["upgradePolicy"] ?? { supportType: "EXTENDED" },
        encryptionConfig: input["encryptionConfig"] ?? [],
        deletionProtection: input["deletionProtection"] ?? false,
        tags: input["tags"],
        platformVersion: "eks.1",
        health: { issues: [] },
      },
      nodeGroups: new Map(),
      addons: new Map(),
      accessEntries: new Map(),
      podIdentities: new Map(),
      updates: [],
    };
    this.account.clusters.set(name, cluster);
    this.account.change(cluster, "CREATING", "ACTIVE");
    return { cluster: this.describe(cluster) };
  }

  /** The endpoint and the certificate are there once it is active. */
  describe(cluster: Cluster): Fields {
    const ready = cluster.status !== "CREATING";
    const { name } = cluster.fields;
    return {
      ...cluster.fields,
      status: cluster.status,
      ...(ready
        ? {
            endpoint: this.endpoint.url,
            certificateAuthority: { data: this.endpoint.ca },
            identity: {
              oidc: { issuer: `https://oidc.eks.${this.account.region}.amazonaws.com/id/${name}` },
            },
          }
        : {}),
    };
  }

  async delete(name: unknown): Promise<Fields> {
    const cluster = this.account.cluster(name);
    if (cluster.fields["deletionProtection"] === true)
      throw badRequest("Deletion protection is on for this cluster.");
    if (cluster.nodeGroups.size > 0) throw inUse("Cluster has nodegroups attached");
    if (cluster.status === "CREATING") throw inUse("Cluster has a creation in progress");
    this.account.change(cluster, "DELETING", "GONE");
    const { clusterSecurityGroupId } = cluster.fields["resourcesVpcConfig"] as Fields;
    await this.network.deleteSecurityGroup(String(clusterSecurityGroupId));
    return { cluster: this.describe(cluster) };
  }

  updateVersion(input: Fields): Fields {
    const cluster = this.account.activeCluster(input["name"]);
    const [from, to] = [cluster.fields.version, String(input["version"])];
    if (!VERSIONS.includes(to)) throw invalid(`unsupported Kubernetes version ${to}`);
    if (minor(to) !== minor(from) + 1)
      throw invalid(`Unsupported Kubernetes minor version update from ${from} to ${to}`);
    for (const { fields } of cluster.nodeGroups.values())
      if (minor(to) - minor(fields.version) > 3)
        throw invalid(`Nodes of ${fields.version} are too old for ${to}`);
    cluster.fields.version = to;
    return { update: asAnswer(this.account.update(cluster, "VersionUpdate", { Version: to })) };
  }

  updateConfig(input: Fields): Fields {
    const cluster = this.account.activeCluster(input["name"]);
    const wanted = [
      "resourcesVpcConfig",
      "logging",
      "accessConfig",
      "upgradePolicy",
      "deletionProtection",
    ].filter((key) => input[key] !== undefined);
    if (wanted.length !== 1) throw invalid("Only one type of update can be allowed.");
    const [key = ""] = wanted;
    if (key === "resourcesVpcConfig") {
      const vpc = cluster.fields["resourcesVpcConfig"] as Fields;
      cluster.fields["resourcesVpcConfig"] = { ...vpc, ...(input[key] as Fields) };
      return { update: asAnswer(this.account.update(cluster, "EndpointAccessUpdate", {})) };
    }
    if (key === "logging") {
      cluster.fields["logging"] = { clusterLogging: clusterLogging(input[key] as Fields) };
      return { update: asAnswer(this.account.update(cluster, "LoggingUpdate", {})) };
    }
    cluster.fields[key] = input[key];
    return { update: asAnswer(this.account.update(cluster, "UpgradePolicyUpdate", {})) };
  }

  describeUpdate(input: Fields): Fields {
    const cluster = this.account.cluster(input["name"]);
    const of =
      cluster.nodeGroups.get(String(input["nodegroupName"])) ??
      cluster.addons.get(String(input["addonName"]));
    const update = (of ?? cluster).updates.find(({ id }) => id === input["updateId"]);
    if (!update) throw notFound(`update found for ID: ${String(input["updateId"])}`);
    return { update: asAnswer(update) };
  }

  private async vpcConfig(name: string, wanted: Fields): Promise<Fields> {
    const ids = (wanted["subnetIds"] ?? []) as string[];
    const subnets = await this.network.subnets(ids).catch((error: Error) => {
      throw invalid(`The subnets were not found: ${error.message}`);
    });
    if (new Set(subnets.map(({ zone }) => zone)).size < 2)
      throw invalid("Subnets specified must be in at least two different AZs");
    const vpcs = new Set(subnets.map(({ vpc }) => vpc));
    if (vpcs.size > 1) throw invalid("Subnets must be in one VPC.");
    const [vpcId = ""] = vpcs;
    const { endpointPublicAccess = true, endpointPrivateAccess = false } = wanted;
    if (!endpointPublicAccess && !endpointPrivateAccess)
      throw invalid("Private and public endpoint access cannot be both disabled");
    return {
      endpointPublicAccess,
      endpointPrivateAccess,
      publicAccessCidrs: endpointPublicAccess ? ["0.0.0.0/0"] : [],
      securityGroupIds: [],
      ...wanted,
      vpcId,
      clusterSecurityGroupId: await this.network.createSecurityGroup(name, vpcId),
    };
  }
}

/** All types of logs, those that are on first, as the API answers. */
function clusterLogging(wanted: Fields | undefined): Fields[] {
  const setups = (wanted?.["clusterLogging"] ?? []) as { types: string[]; enabled: boolean }[];
  const on = setups.filter(({ enabled }) => enabled).flatMap(({ types }) => types);
  const off = LOG_TYPES.filter((type) => !on.includes(type));
  return [
    { types: on, enabled: true },
    { types: off, enabled: false },
  ].filter(({ types }) => types.length > 0);
}

export function minor(version: string): number {
  const found = /^1\.(\d+)$/.exec(version);
  if (!found) throw new AwsRefusal(400, "InvalidParameterException", `${version} is no Kubernetes version`);
  return Number(found[1]);
}

export function asAnswer({ id, status, type, params, createdAt }: Update): Fields {
  return { id, status, type, params, createdAt, errors: [] };
}
