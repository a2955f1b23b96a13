import type { Eks } from "../core/config/eks-schema";
import { ADDONS_AFTER_NODES, ADDONS_BEFORE_NODES } from "../core/tables/eks";
import { addonNames, planAddonsAfterNodes, planAddonsBeforeNodes } from "./addon-plan";
import type { AwsResource } from "./aws-resource";
import { adminPolicies, planControlPlane } from "./control-plane-plan";
import { planNetwork } from "./network-plan";
import { CLUSTER_TAG, nodeGroupNames, planNodeGroups } from "./node-group-plan";

/** The cluster that a stack makes on AWS, as plain data: the same config gives the same bytes of JSON. */
export interface ClusterPlan {
  clusterName: string;
  accountId: string;
  region: string;
  profile: string | undefined;
  assumeRole: string | undefined;
  /** Of everything that AWS lets one tag. */
  tags: Readonly<Record<string, string>>;
  /** In the order in which they are made: network, control plane, add-ons, nodes, add-ons. */
  resources: AwsResource[];
  /** After which resources the API server lets the program in. */
  reachableAfter: string[];
  /** After which resources pods start and volumes are made. */
  usableAfter: string[];
  keepVolumes: boolean;
}

/** Plans the cluster: pure, without AWS. */
export function planCluster(eks: Eks, clusterName: string): ClusterPlan {
  const before = addonNames(ADDONS_BEFORE_NODES);
  const nodes = nodeGroupNames(eks);
  return {
    clusterName,
    accountId: eks.accountId,
    region: eks.region,
    profile: eks.profile,
    assumeRole: eks.assumeRole,
    tags: { ...eks.tags, [CLUSTER_TAG]: clusterName },
    resources: [
      ...planNetwork(eks, clusterName),
      ...planControlPlane(eks, clusterName),
      ...planAddonsBeforeNodes(eks),
      ...planNodeGroups(eks, clusterName, before),
      ...planAddonsAfterNodes(eks, nodes),
    ],
    reachableAfter: adminPolicies(eks),
    usableAfter: [...nodes, ...addonNames(ADDONS_AFTER_NODES)],
    keepVolumes: eks.keepVolumes,
  };
}
