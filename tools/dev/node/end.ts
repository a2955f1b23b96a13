import { rmSync } from "node:fs";
import type { ClusterPaths } from "../cluster/layout";
import { endProcesses, processesOf, type RunningProcess, signalProcesses } from "../cluster/processes";
import { removeCgroup } from "./cgroups";
import { allNodePaths, cgroupName, linkName, type NodePaths } from "./layout";
import { removeLink } from "./network";

/** All that runs for a node and is not in its own process namespace, with that namespace's first process. */
const OUTSIDE = ["unshare", "bash", "nsenter", "node"];

/** Process 1 of the node, as the host numbers it; undefined where none runs. */
export function initProcess({ init }: NodePaths): RunningProcess | undefined {
  return processesOf(init.slice(0, init.lastIndexOf("/")), ["bash"])[0];
}

/** The real nodes of a cluster that run, with their first processes. */
export function runningNodes(cluster: Pick<ClusterPaths, "folder">): { paths: NodePaths; pid: number }[] {
  return allNodePaths(cluster).flatMap((paths) => {
    const init = initProcess(paths);
    return init ? [{ paths, pid: init.pid }] : [];
  });
}

/** Whether the cluster with this folder has a real node that runs. */
export function hasRealNode(clusterFolder: string): boolean {
  return process.platform === "linux" && runningNodes({ folder: clusterFolder }).length > 0;
}

/**
 * Ends a cluster's real nodes, if there are any.
 * @param purge removes images, containers and volumes too
 */
export async function endRealNode(cluster: Pick<ClusterPaths, "folder">, purge = false): Promise<void> {
  for (const paths of allNodePaths(cluster)) await endNode(paths);
  // A volume is of all of them.
  if (purge) for (const { folder } of allNodePaths(cluster)) rmSync(folder, { recursive: true, force: true });
}

/**
 * Ends a real node however its start or its run ended. With its first process all others go, and with them its mounts, links and
 * rules; the cgroup is removed here.
 */
export async function endNode(paths: NodePaths): Promise<void> {
  const ours = () => processesOf(paths.folder, OUTSIDE).filter(({ pid }) => pid !== process.pid);
  if (ours().length > 0) {
    signalProcesses(processesOf(paths.folder, ["bash"]), "SIGKILL");
    await endProcesses(ours, 5_000);
  }
  if (process.platform === "linux" && process.getuid?.() === 0) {
    await removeCgroup(cgroupName(paths));
    await removeLink(linkName(paths));
  }
}
