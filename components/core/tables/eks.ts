/**
 * What EKS and EC2 offer, by which a cluster is planned: versions, images of nodes, instance types. Pinned 2026-11-29. AWS is
 * not asked: a plan needs no credentials, and the same config gives the same plan.
 */

/** A Kubernetes version of EKS, with the images that its nodes boot. */
export interface EksVersion {
  /** End of standard support; six times the price after it. docs.aws.amazon.com/eks: Kubernetes versions. */
  standardSupportUntil: string;
  /** The Linux kernel of the images, both with BTF. */
  kernel: string;
  /** `releaseVersion` of AL2023 for x86_64; undefined where none is pinned. */
  al2023?: string;
  /** `releaseVersion` of Bottlerocket for x86_64. */
  bottlerocket?: string;
}

/**
 * AL2023's kernels: awslabs/amazon-eks-ami, CHANGELOG. Bottlerocket's: bottlerocket-os/bottlerocket, variants/aws-k8s-<version>,
 * with CONFIG_DEBUG_INFO_BTF=y in bottlerocket-kernel-kit. The AL2023 releases v20260930 and v20261003 have a kernel that
 * panics when memory is short (amazon-eks-ami#2845), hence the one before. Other versions' releases are written in the config.
 */
export const EKS_VERSIONS: Readonly<Record<string, EksVersion>> = {
  "1.34": { standardSupportUntil: "2026-12-02", kernel: "6.12" },
  "1.35": {
    standardSupportUntil: "2027-03-27",
    kernel: "6.12",
    al2023: "1.35.7-20260911",
    bottlerocket: "1.63.0-d4932ff8",
  },
  "1.36": { standardSupportUntil: "2027-08-02", kernel: "6.18" },
};

/** The newest with most of its standard support ahead, and with images that are known to be good. */
export const DEFAULT_EKS_VERSION = "1.35";

/** An instance type: awslabs/amazon-eks-ami, nodeadm's instance-info.jsonl. */
export interface InstanceType {
  cpus: number;
  memoryGib: number;
  /** Network interfaces, and IPv4 addresses of each. */
  interfaces: number;
  addressesEach: number;
}

export const INSTANCE_TYPES: Readonly<Record<string, InstanceType>> = {
  "t3.large": { cpus: 2, memoryGib: 8, interfaces: 3, addressesEach: 12 },
  "t3.xlarge": { cpus: 4, memoryGib: 16, interfaces: 4, addressesEach: 15 },
  "t3.2xlarge": { cpus: 8, memoryGib: 32, interfaces: 4, addressesEach: 15 },
  "m5.large": { cpus: 2, memoryGib: 8, interfaces: 3, addressesEach: 10 },
  "m5.xlarge": { cpus: 4, memoryGib: 16, interfaces: 4, addressesEach: 15 },
  "m5.2xlarge": { cpus: 8, memoryGib: 32, interfaces: 4, addressesEach: 15 },
  "m6i.xlarge": { cpus: 4, memoryGib: 16, interfaces: 4, addressesEach: 15 },
  "m6i.2xlarge": { cpus: 8, memoryGib: 32, interfaces: 4, addressesEach: 15 },
  "r5.large": { cpus: 2, memoryGib: 16, interfaces: 3, addressesEach: 10 },
  "r5.xlarge": { cpus: 4, memoryGib: 32, interfaces: 4, addressesEach: 15 },
};

/** Families with arm64 processors end in g before the size, with letters after it: t4g, m7gd, c7gn. */
export const ARM_INSTANCE = /^[a-z]+\d+g[a-z]*\./;

/** Add-ons that every cluster gets. The first three are there before the nodes, the others need nodes to run on. */
export const ADDONS_BEFORE_NODES = ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"] as const;
export const ADDONS_AFTER_NODES = ["coredns", "aws-ebs-csi-driver"] as const;

/** By choice. */
export const NODE_MONITORING = "eks-node-monitoring-agent";

/** The partition of a region, in every ARN: AWS's own, China's, the US government's. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** Address of a service of AWS in a region: "logs", "s3". */
export function serviceUrl(service: string, region: string): string {
  return `https://${service}.${region}.amazonaws.com${partitionOf(region) === "aws-cn" ? ".cn" : ""}`;
}
