import { partitionOf } from "../tables/eks";

/**
 * The context that `aws eks update-kubeconfig` writes: named by the cluster's ARN (AWS CLI, awscli/customizations/eks/update_kubeconfig.py).
 */
export function eksContext(
  { accountId, region }: { accountId: string; region: string },
  clusterName: string,
): string {
  return `arn:${partitionOf(region)}:eks:${region}:${accountId}:cluster/${clusterName}`;
}
