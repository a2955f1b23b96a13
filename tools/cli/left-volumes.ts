import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ClusterPlan } from "../../components/cluster/cluster-plan";
import { CLUSTER_TAG } from "../../components/cluster/node-group-plan";

const run = promisify(execFile);

const TIMEOUT_MS = 30_000;

/**
 * Tells which volumes of a cluster's pods are left after it was destroyed: with the cluster goes the driver that deletes them, which
 * may not have come to it. Those of nodes go with their node.
 * @param env of the AWS CLI
 * @returns lines to say; none where nothing is left
 */
export async function tellLeftVolumes(
  { clusterName, region, profile, keepVolumes }: ClusterPlan,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const target = ["--region", region, ...(profile === undefined ? [] : ["--profile", profile])];
  const look = [
    ...["ec2", "describe-volumes", ...target],
    ...["--filters", `Name=tag:${CLUSTER_TAG},Values=${clusterName}`, "Name=status,Values=available"],
    ...["--query", "Volumes[].VolumeId", "--output", "json"],
  ];
  try {
    const { stdout } = await run("aws", look, { env, timeout: TIMEOUT_MS });
    const ids = JSON.parse(stdout) as string[];
    if (ids.length === 0) return [];
    if (keepVolumes) return [`Kept, as eks.keepVolumes asks, and not for free: ${ids.join(", ")}.`];
    return [
      `! These volumes of the cluster are left, and cost: ${ids.join(", ")}.`,
      `  fix: ${ids.map((id) => `aws ec2 delete-volume ${target.join(" ")} --volume-id ${id}`).join("; ")}`,
    ];
  } catch {
    return [`Whether volumes of the cluster are left is not known: aws ${look.join(" ")}`];
  }
}
