import { rmSync } from "node:fs";
import type { ClusterPaths } from "../cluster/layout";
import { endProcesses, processesOf, type RunningProcess, signalProcesses } from "../cluster/processes";
import { removeCgroup } from "./cgroups";
import { cgroupName, linkName, type NodePaths, nodePaths } from "./layout";
import { removeLink } from "./network";

/** All that runs for a node and is not in its own process namespace, with that namespace's first process. */
const OUTSIDE = ["unshare", "bash", "nsenter", "node"];

/** Process 1 of the node, as the host numbers it; undefined where none runs. */
export function initProcess({ init }: NodePaths): RunningProcess | undefined {
  return processesOf(init.slice(0, init.lastIndexOf("/")), ["bash"])[0];
}

/** Whether the cluster with this folder has a real node that runs. */
export function hasRealNode(clusterFolder: string): boolean {
  return process.platform === "linux" && initProcess(nodePaths({ folder: clusterFolder })) !== undefined;
}

/**
 * Ends a cluster's real node, if there is one, however its start or its run ended. With its first process all others go, and with
 * them its mounts, links and rules; the cgroup and the files are removed here.
 * @param purge removes images, containers and volumes too
 */
export async function endRealNode(cluster: Pick<ClusterPaths, "folder">, purge = false): Promise<void> {
  const paths = nodePaths(cluster);
  const ours = () => processesOf(paths.folder, OUTSIDE).filter(({ pid }) => pid !== process.pid);
  if (ours().length > 0) {
    signalProcesses(processesOf(paths.folder, ["bash"]), "SIGKILL");
    await endProcesses(ours, 5_000);
  }
  if (process.platform === "linux" && process.getuid?.() === 0) {
    await removeCgroup(cgroupName(paths));
    await removeLink(linkName(paths));
  }
  if (purge) rmSync(paths.folder, { recursive: true, force: true });
}
