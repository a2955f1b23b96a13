import { randomUUID } from "node:crypto";
import { type Account, type Addon, inUse, invalid, notFound, now } from "./account";
import { asAnswer } from "./clusters";
import type { Fields } from "./service-model";

/** Versions of the stand-in, oldest first; the first is the default. Those of the real API differ by region and day. */
const VERSIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "vpc-cni": { any: ["v1.22.4-eksbuild.3", "v1.23.1-eksbuild.1"] },
  "kube-proxy": {
    "1.34": ["v1.34.3-eksbuild.5"],
    "1.35": ["v1.35.3-eksbuild.25", "v1.35.3-eksbuild.29"],
    "1.36": ["v1.36.1-eksbuild.2"],
  },
  coredns: { any: ["v1.14.3-eksbuild.16", "v1.14.3-eksbuild.22"] },
  "eks-pod-identity-agent": { any: ["v1.3.10-eksbuild.2"] },
  "aws-ebs-csi-driver": { any: ["v1.64.0-eksbuild.1", "v1.66.0-eksbuild.1"] },
  "eks-node-monitoring-agent": { any: ["v1.5.0-eksbuild.1"] },
};

function versionsOf(name: string, kubernetes: string): readonly string[] {
  const all = VERSIONS[name];
  if (!all) throw invalid(`Addon ${name} is not supported`);
  return all[kubernetes] ?? all["any"] ?? [];
}

/** EKS add-ons, with the pod identity associations that they bring. */
export class Addons {
  /** Add-ons that never get well, with the reason: a health issue of the API reference. */
  readonly degraded = new Map<string, { code: string; message: string }>();

  constructor(private readonly account: Account) {}

  find(input: Fields): Addon {
    const name = String(input["addonName"]);
    const addon = this.account.cluster(input["clusterName"]).addons.get(name);
    if (!addon) throw notFound(`addon: ${name} found in cluster: ${String(input["clusterName"])}`);
    return addon;
  }

  create(input: Fields): Fields {
    const cluster = this.account.activeCluster(input["clusterName"]);
    const name = String(input["addonName"]);
    if (cluster.addons.has(name)) throw inUse(`Addon already exists: ${name}`);
    const version = this.supported(name, cluster.fields.version, input["addonVersion"]);
    const addon: Addon = {
      status: "CREATING",
      issues: [],
      updates: [],
      fields: {
        addonName: name,
        clusterName: input["clusterName"],
        addonVersion: version,
        addonArn: this.account.arn("addon", `${String(input["clusterName"])}/${name}/${randomUUID()}`),
        createdAt: now(),
        modifiedAt: now(),
        tags: input["tags"],
        publisher: "eks",
        owner: "aws",
        ...(input["configurationValues"] ? { configurationValues: input["configurationValues"] } : {}),
        podIdentityAssociations: this.associate(input),
      },
    };
    cluster.addons.set(name, addon);
    const reason = this.degraded.get(name);
    if (reason) addon.issues.push(reason);
    this.account.change(addon, "CREATING", reason ? "DEGRADED" : "ACTIVE");
    return { addon: describe(addon) };
  }

  update(input: Fields): Fields {
    const addon = this.find(input);
    if (addon.status === "CREATING" || addon.status === "UPDATING") throw inUse(`Addon is ${addon.status}`);
    const cluster = this.account.cluster(input["clusterName"]);
    if (input["addonVersion"])
      addon.fields.addonVersion = this.supported(
        addon.fields.addonName,
        cluster.fields.version,
        input["addonVersion"],
      );
    if (input["configurationValues"] !== undefined)
      addon.fields["configurationValues"] = input["configurationValues"];
    addon.fields["modifiedAt"] = now();
    return { update: asAnswer(this.account.update(addon, "AddonUpdate", {})) };
  }

  delete(input: Fields): Fields {
    const addon = this.find(input);
    const { podIdentities } = this.account.cluster(input["clusterName"]);
    for (const [id, { fields }] of podIdentities)
      if (fields["ownerArn"] === addon.fields["addonArn"]) podIdentities.delete(id);
    this.account.change(addon, "DELETING", "GONE");
    return { addon: describe(addon) };
  }

  versions(input: Fields): Fields {
    const wanted = input["addonName"] === undefined ? Object.keys(VERSIONS) : [String(input["addonName"])];
    const kubernetes = String(input["kubernetesVersion"] ?? "1.35");
    return {
      addons: wanted.map((addonName) => {
        const offered = versionsOf(addonName, kubernetes);
        return {
          addonName,
          type: "networking",
          publisher: "eks",
          owner: "aws",
          addonVersions: [...offered].reverse().map((addonVersion) => ({
            addonVersion,
            architecture: ["amd64", "arm64"],
            compatibilities: [
              {
                clusterVersion: kubernetes,
                platformVersions: ["*"],
                defaultVersion: addonVersion === offered[0],
              },
            ],
            requiresConfiguration: false,
          })),
        };
      }),
    };
  }

  private supported(name: string, kubernetes: string, wanted: unknown): string {
    const offered = versionsOf(name, kubernetes);
    const version = String(wanted ?? offered[0]);
    if (!offered.includes(version))
      throw invalid(`Addon version specified is not supported: ${name} ${version}`);
    return version;
  }

  private associate(input: Fields): string[] {
    const { podIdentities } = this.account.cluster(input["clusterName"]);
    const wanted = (input["podIdentityAssociations"] ?? []) as { serviceAccount: string; roleArn: string }[];
    return wanted.map(({ serviceAccount, roleArn }) => {
      const associationId = `a-${randomUUID().replaceAll("-", "").slice(0, 17)}`;
      const associationArn = this.account.arn(
        "podidentityassociation",
        `${String(input["clusterName"])}/${associationId}`,
      );
      podIdentities.set(associationId, {
        fields: {
          associationId,
          associationArn,
          clusterName: input["clusterName"],
          namespace: "kube-system",
          serviceAccount,
          roleArn,
          createdAt: now(),
          modifiedAt: now(),
        },
      });
      return associationArn;
    });
  }
}

export function describe({ fields, status, issues }: Addon): Fields {
  return { ...fields, status, health: { issues: issues.map((issue) => ({ ...issue, resourceIds: [] })) } };
}
