import type { Eks } from "../core/config/eks-schema";
import type { PodNetwork } from "../core/contract/contribution";
import type { Plan } from "../core/plan/plan";
import { ADDONS_AFTER_NODES } from "../core/tables/eks";
import { addonNames, addonsBeforeNodes, planAddonsAfterNodes, planAddonsBeforeNodes } from "./addon-plan";
import type { AwsResource } from "./aws-resource";
import { type Cost, costOf } from "./cluster-cost";
import { adminPolicies, planControlPlane } from "./control-plane-plan";
import { planNetwork } from "./network-plan";
import { fitNodes, type NodeFit } from "./node-fit";
import { CLUSTER_TAG, nodeGroupNames, planNodeGroups } from "./node-group-plan";
import { planPodRights, podRightNames } from "./pod-rights-plan";

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
  /** The feature that is the network of pods, where the stack brings it: between the control plane and the nodes. */
  podNetwork?: OwnPodNetwork;
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

export interface OwnPodNetwork {
  feature: string;
  /** Resources that its pods need. */
  after: string[];
  apiServer?: PodNetwork["apiServer"];
}

/** Plans the cluster: pure, without AWS. */
export function planCluster(
  eks: Eks,
  clusterName: string,
  { sizing, features }: Pick<Plan, "sizing" | "features">,
): ClusterPlan {
  const { accountId, region, profile, assumeRole, keepVolumes } = eks;
  const network = features.find(({ contribution }) => contribution.podNetwork);
  const podNetwork = network?.contribution.podNetwork;
  const addonsBefore = addonsBeforeNodes(podNetwork);
  const before = addonNames(addonsBefore);
  const groups = nodeGroupNames(eks);
  const hasEngine = features.some(({ contribution }) => contribution.enforcesNetworkPolicies);
  const networkRights = network?.contribution.awsRights ?? [];
  const others = features.filter((feature) => feature !== network);
  const rights = others.flatMap(({ contribution }) => contribution.awsRights ?? []);
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
      ...planAddonsBeforeNodes(eks, addonsBefore, hasEngine),
      ...planPodRights(eks, networkRights),
      ...planNodeGroups(eks, clusterName, before, podNetwork),
      ...planAddonsAfterNodes(eks, groups),
      ...planPodRights(eks, rights),
    ],
    ...(network && podNetwork
      ? {
          podNetwork: {
            feature: network.name,
            after: [...before, ...podRightNames(networkRights)],
            ...(podNetwork.apiServer ? { apiServer: podNetwork.apiServer } : {}),
          },
        }
      : {}),
    reachableAfter: adminPolicies(eks),
    usableAfter: [...groups, ...addonNames(ADDONS_AFTER_NODES), ...podRightNames(rights)],
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
