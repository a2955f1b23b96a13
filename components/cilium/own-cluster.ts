import type { AwsRights } from "../core/contract/aws-rights";
import type { PlanContext } from "../core/contract/context";
import type { Contribution, PodNetwork } from "../core/contract/contribution";
import { OPERATOR } from "./cilium-names";
import type { CiliumConfig } from "./cilium-schema";

/** In which the program writes where the API server of a cluster is that it makes. */
export const API_SERVER = "cilium-api-server";

/** Documentation/network/concepts/ipam/eni.rst, "Required Privileges": without IPv6 and without the release of addresses. */
const ENI_ACTIONS = [
  ...["AssignPrivateIpAddresses", "AttachNetworkInterface", "CreateNetworkInterface", "CreateTags"],
  ...["DeleteNetworkInterface", "DescribeInstanceTypes", "DescribeManagedPrefixLists"],
  ...["DescribeNetworkInterfaces", "DescribeRouteTables", "DescribeSecurityGroups", "DescribeSubnets"],
  ...["DescribeTags", "DescribeVpcs", "GetManagedPrefixListEntries", "ModifyNetworkInterfaceAttribute"],
].map((action) => `ec2:${action}`);

/** Whether Cilium is the network of pods of a cluster that the stack makes. */
export function isFirst({ mode }: CiliumConfig, { eks }: PlanContext): boolean {
  return eks !== undefined && mode !== "chaining";
}

/** What the cluster has to know of a network of pods that is there before its nodes; nothing for another cluster. */
export function ofOwnCluster(
  config: CiliumConfig,
  context: PlanContext,
): Pick<Contribution, "podNetwork" | "awsRights"> {
  if (!isFirst(config, context)) return {};
  const namespace = context.namespaces.privileged;
  const { kubeProxyReplacement, apiServer } = config;
  const podNetwork: PodNetwork = {
    // Documentation/installation/taints.rst: NoExecute, so that what another plugin gave an address is gone too.
    startupTaint: { key: "node.cilium.io/agent-not-ready", value: "true", effect: "NoExecute" },
    replacesKubeProxy: kubeProxyReplacement,
    ...(kubeProxyReplacement && !apiServer ? { apiServer: { namespace, name: API_SERVER } } : {}),
  };
  const operator: AwsRights = { namespace, serviceAccount: OPERATOR, service: "ec2", actions: ENI_ACTIONS };
  return { podNetwork, ...(config.mode === "eni" ? { awsRights: [operator] } : {}) };
}
