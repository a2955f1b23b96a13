import { EKS_VERSIONS, INSTANCE_TYPES, type InstanceType } from "../tables/eks";
import type { ConfigIssue } from "./config-error";
import type { Eks, NodeGroupConfig } from "./eks-schema";
import type { Envelope } from "./envelope-schema";
import { formatPath } from "./issues";
import { overlap } from "./networks";

/**
 * What no schema can say of `global.cluster` and `eks`.
 * @param today YYYY-MM-DD; empty where nobody said it
 */
export function checkEks({ global, eks }: Envelope, today: string): ConfigIssue[] {
  if (global.cluster !== "eks") return eks ? [withoutUse()] : [];
  if (!eks)
    return [
      {
        code: "CFG004",
        path: formatPath(["eks"]),
        allowed: "the account, region, zones and admins of the cluster",
      },
    ];
  return [
    ...(global.context === undefined ? [] : [contextBeside()]),
    ...checkSupport(eks, today),
    ...checkAssumedRole(eks),
    ...(eks.network.existing ? [] : [...checkZones(eks), ...checkOverlap(eks), ...checkAddresses(eks)]),
    ...eks.nodeGroups.flatMap((group, index) => checkRelease(eks, group, index)),
  ];
}

function withoutUse(): ConfigIssue {
  return {
    code: "CFG003",
    path: formatPath(["global", "cluster"]),
    found: '"current", beside a section `eks`',
    allowed: '"eks", or no section `eks`',
  };
}

function contextBeside(): ConfigIssue {
  return {
    code: "CFG003",
    path: formatPath(["global", "context"]),
    allowed: "none with `cluster: eks`: the program connects to the cluster that it makes",
  };
}

/** After it AWS raises the version by itself: the cluster has the upgrade policy STANDARD. */
function checkSupport({ version }: Eks, today: string): ConfigIssue[] {
  const until = EKS_VERSIONS[version]?.standardSupportUntil;
  if (until === undefined || today <= until) return [];
  return [
    {
      code: "CFG003",
      path: formatPath(["eks", "version"]),
      found: `${version}, whose standard support ended on ${until}`,
      allowed: "a version in standard support",
      fix: "write the version that AWS has raised the cluster to (`aws eks describe-cluster`), or a later minor",
    },
  ];
}

/** Without an access entry it could make the cluster, and not get in. */
function checkAssumedRole({ assumeRole, admins }: Eks): ConfigIssue[] {
  if (assumeRole === undefined || admins.includes(assumeRole)) return [];
  return [
    {
      code: "CFG003",
      path: formatPath(["eks", "admins"]),
      found: `none that is ${assumeRole}`,
      allowed: "the role of `assumeRole` among them: the program makes the stack in the cluster as it",
    },
  ];
}

function checkZones({ region, network }: Eks): ConfigIssue[] {
  return network.zones.flatMap((zone, index) =>
    zone.slice(0, -1) === region
      ? []
      : [
          {
            code: "CFG003",
            path: formatPath(["eks", "network", "zones", index]),
            found: `"${zone}"`,
            allowed: `a zone of ${region}`,
          } as const,
        ],
  );
}

function checkOverlap({ network, serviceCidr }: Eks): ConfigIssue[] {
  if (!overlap(network.cidr, serviceCidr)) return [];
  return [
    {
      code: "CFG020",
      path: formatPath(["eks", "serviceCidr"]),
      found: `${serviceCidr} and the VPC's ${network.cidr}`,
      allowed: "two networks without a common address",
    },
  ];
}

/** AL2023's releases begin with the Kubernetes version, Bottlerocket's with its own. */
function checkRelease({ version }: Eks, group: NodeGroupConfig, index: number): ConfigIssue[] {
  const path = formatPath(["eks", "nodeGroups", index, "releaseVersion"]);
  const { os, releaseVersion } = group;
  if (releaseVersion === undefined) {
    if (EKS_VERSIONS[version]?.[os] !== undefined) return [];
    return [
      { code: "CFG004", path, allowed: `a release of ${os} for Kubernetes ${version}: none is pinned` },
    ];
  }
  const isAl2023 = /-\d{8}$/.test(releaseVersion) && releaseVersion.startsWith("1.3");
  if (isAl2023 !== (os === "al2023") || (isAl2023 && !releaseVersion.startsWith(`${version}.`)))
    return [
      {
        code: "CFG003",
        path,
        found: releaseVersion,
        allowed: `a release of ${os} for Kubernetes ${version}`,
      },
    ];
  // Kernel 6.12 for Kubernetes 1.33 to 1.35 since this release (amazon-eks-ami#2205).
  if (isAl2023 && releaseVersion.slice(-8) < "20250801")
    return [
      {
        code: "CFG021",
        path,
        found: releaseVersion,
        allowed: "a release of 2025-08-01 or later: those before have older kernels",
      },
    ];
  return [];
}

/** Every pod has an address of a private subnet, and the nodes' interfaces hold more in reserve. */
function checkAddresses({ network, nodeGroups }: Eks): ConfigIssue[] {
  const bits = Number(network.cidr.split("/")[1]) + 2;
  // AWS keeps five addresses of every subnet.
  const there = network.zones.length * (2 ** (32 - bits) - 5);
  const nodes = nodeGroups.reduce((sum, { max }) => sum + max, 0);
  const wanted = nodeGroups.reduce((sum, { max, instanceType }) => sum + max * addressesOf(instanceType), 0);
  if (wanted <= there) return [];
  return [
    {
      code: "CFG020",
      path: formatPath(["eks", "network", "cidr"]),
      found: `${network.cidr}: ${there} addresses for nodes and pods in ${network.zones.length} zones`,
      allowed: `at least ${wanted}, which ${nodes} nodes may hold`,
      fix: "take a larger network, a third zone, or fewer nodes in `max`",
    },
  ];
}

function addressesOf(type: string): number {
  const { interfaces, addressesEach } = INSTANCE_TYPES[type] as InstanceType;
  return interfaces * addressesEach;
}
