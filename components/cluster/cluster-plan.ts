import type { Eks } from "../core/config/eks-schema";
import type { Plan } from "../core/plan/plan";
import { ADDONS_AFTER_NODES, ADDONS_BEFORE_NODES } from "../core/tables/eks";
import { addonNames, planAddonsAfterNodes, planAddonsBeforeNodes } from "./addon-plan";
import type { AwsResource } from "./aws-resource";
import { type Cost, costOf } from "./cluster-cost";
import { adminPolicies, planControlPlane } from "./control-plane-plan";
import { planNetwork } from "./network-plan";
import { fitNodes, type NodeFit } from "./node-fit";
import { CLUSTER_TAG, nodeGroupNames, planNodeGroups } from "./node-group-plan";
import { identityNames, planWorkloadRoles } from "./workload-roles-plan";

/** The cluster that a stack makes on AWS, as plain data: the same config gives the same bytes of JSON. */
export interface ClusterPlan {
  clusterName: string;
  accountId: string;
  region: string;
  profile: string | undefined;
  assumeRole: string | undefined;
  /** Of everything that AWS lets one tag. */
  tags: Readonly<Record<string, string>>;
  /** In the order in which they are made: network, control plane, add-ons, nodes, add-ons, rights of pods. */
  resources: AwsResource[];
  /** After which resources the API server lets the program in. */
  reachableAfter: string[];
  /** After which resources pods start and volumes are made. */
  usableAfter: string[];
  keepVolumes: boolean;
  /** What fits on the nodes of each group. */
  nodes: NodeFit[];
  cost: Cost;
  /** The command that writes the cluster into a person's kubeconfig. */
  login: string;
}

/** Plans the cluster: pure, without AWS. */
export function planCluster(
  eks: Eks,
  clusterName: string,
  { sizing, features }: Pick<Plan, "sizing" | "features">,
): ClusterPlan {
  const { accountId, region, profile, assumeRole, keepVolumes } = eks;
  const before = addonNames(ADDONS_BEFORE_NODES);
  const groups = nodeGroupNames(eks);
  const rights = features.flatMap(({ contribution }) => contribution.awsRights ?? []);
  return {
    clusterName,
    accountId,
    region,
    profile,
    assumeRole,
    tags: { ...eks.tags, [CLUSTER_TAG]: clusterName },
    resources: [
      ...planNetwork(eks, clusterName),
      ...planControlPlane(eks, clusterName),
      ...planAddonsBeforeNodes(eks),
      ...planNodeGroups(eks, clusterName, before),
      ...planAddonsAfterNodes(eks, groups),
      ...planWorkloadRoles(eks, rights),
    ],
    reachableAfter: adminPolicies(eks),
    // A pod that starts before its role is associated has none until it is started again.
    usableAfter: [...groups, ...addonNames(ADDONS_AFTER_NODES), ...identityNames(rights)],
    keepVolumes,
    nodes: fitNodes(eks, sizing),
    cost: costOf(eks),
    login: loginOf(eks, clusterName),
  };
}

function loginOf({ region, profile, assumeRole }: Eks, clusterName: string): string {
  return [
    `aws eks update-kubeconfig --name ${clusterName} --region ${region}`,
    ...(profile === undefined ? [] : [`--profile ${profile}`]),
    ...(assumeRole === undefined ? [] : [`--role-arn ${assumeRole}`]),
  ].join(" ");
}
