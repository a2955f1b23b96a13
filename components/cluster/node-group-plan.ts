import type { Eks, NodeGroupConfig } from "../core/config/eks-schema";
import type { PodNetwork } from "../core/contract/contribution";
import { EKS_VERSIONS } from "../core/tables/eks";
import { type AwsResource, of } from "./aws-resource";
import { privateSubnetIds, waysOut } from "./network-plan";
import { role } from "./role-plan";

const NODE_POLICIES = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"];

export function nodeGroupNames({ nodeGroups }: Eks): string[] {
  return nodeGroups.map(({ name }) => `node-group-${name}`);
}

/**
 * The managed node groups, with the role of their nodes.
 * @param podNetwork of the stack's own, whose taint new nodes have
 */
export function planNodeGroups(
  eks: Eks,
  clusterName: string,
  addonsBefore: readonly string[],
  podNetwork: PodNetwork | undefined,
): AwsResource[] {
  const withTaint = (group: NodeGroupConfig) =>
    podNetwork ? { ...group, taints: [...group.taints, podNetwork.startupTaint] } : group;
  return [
    ...role("node-role", "ec2.amazonaws.com", NODE_POLICIES, eks.region),
    ...eks.nodeGroups.flatMap((group) => planNodeGroup(eks, withTaint(group), clusterName, addonsBefore)),
  ];
}

function planNodeGroup(
  eks: Eks,
  group: NodeGroupConfig,
  clusterName: string,
  addonsBefore: readonly string[],
): AwsResource[] {
  const { name, os, instanceType, min, desired, max, spot, labels, taints } = group;
  const template = `node-template-${name}`;
  return [
    launchTemplate(template, group, eks, clusterName),
    {
      name: `node-group-${name}`,
      type: "eks.NodeGroup",
      args: {
        clusterName: of("cluster", "name"),
        nodeGroupName: name,
        nodeRoleArn: of("node-role", "arn"),
        subnetIds: privateSubnetIds(eks),
        // Of the cluster, so that its upgrade comes first.
        version: of("cluster", "version"),
        releaseVersion: group.releaseVersion ?? EKS_VERSIONS[eks.version]?.[os],
        amiType: os === "al2023" ? "AL2023_x86_64_STANDARD" : "BOTTLEROCKET_x86_64",
        capacityType: spot ? "SPOT" : "ON_DEMAND",
        instanceTypes: [instanceType],
        labels,
        taints: taints.map(({ key, value, effect }) => ({ key, value, effect: EFFECTS[effect] })),
        scalingConfig: { minSize: min, desiredSize: desired, maxSize: max },
        updateConfig: { maxUnavailable: 1 },
        launchTemplate: { id: of(template, "id"), version: of(template, "latestVersion") },
      },
      after: [...NODE_POLICIES.map((policy) => `node-role-${policy}`), ...addonsBefore, ...waysOut(eks)],
    },
  ];
}

const EFFECTS = {
  NoSchedule: "NO_SCHEDULE",
  PreferNoSchedule: "PREFER_NO_SCHEDULE",
  NoExecute: "NO_EXECUTE",
} as const;

function launchTemplate(
  name: string,
  { os, name: group, diskGib }: NodeGroupConfig,
  eks: Eks,
  clusterName: string,
): AwsResource {
  const disk = (deviceName: string, volumeSize: number) => ({
    deviceName,
    ebs: { volumeType: "gp3", volumeSize, encrypted: "true", deleteOnTermination: "true" },
  });
  const tags = { ...eks.tags, [CLUSTER_TAG]: clusterName, Name: `${clusterName}-${group}` };
  return {
    name,
    type: "ec2.LaunchTemplate",
    args: {
      description: `Nodes of the group ${group}`,
      updateDefaultVersion: true,
      // Bottlerocket: the system on the first, images and pods on the second (bottlerocket-os, README: volumes).
      blockDeviceMappings:
        os === "al2023" ? [disk("/dev/xvda", diskGib)] : [disk("/dev/xvda", 4), disk("/dev/xvdb", diskGib)],
      // With one hop pods don't reach the node's credentials (EKS best practices, restrict access to the instance profile).
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      // The provider's default tags don't reach what EC2 makes by the template.
      tagSpecifications: [
        { resourceType: "instance", tags },
        { resourceType: "volume", tags },
      ],
    },
  };
}

/** On everything that the cluster is made of, by the provider's default tags. */
export const CLUSTER_TAG = "security-stack/cluster";
