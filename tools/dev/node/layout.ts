import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ClusterPaths } from "../cluster/layout";

/** The one real node of a cluster, beside the simulated ones. */
export const realNodeName = "real-1";

/** Where pods of the real node get their addresses from; kwok's simulated pods have another range. */
export const podRange = "10.246.0.0/24";
/** Of the `kube-dns` Service: the usual tenth of the range of Services. */
export const dnsAddress = "10.96.0.10";

/** The files of a cluster's real node, all in one folder of the cluster's. */
export interface NodePaths {
  folder: string;
  /** Where the node's root file system is put together: a tmpfs that only the node's own mount namespace has. */
  root: string;
  /** What outlives the node's root: images and containers, the kubelet's folder, volumes. */
  data: string;
  /** The node's /var/log. */
  log: string;
  /** What the programs print. */
  output: string;
  config: string;
  init: string;
  ready: string;
  apiSocket: string;
  state: string;
  /** Notes which images are stand-ins. */
  images: string;
}

export function nodePaths({ folder: cluster }: Pick<ClusterPaths, "folder">): NodePaths {
  const folder = join(cluster, "node");
  return {
    folder,
    root: join(folder, "root"),
    data: join(folder, "data"),
    log: join(folder, "data", "log"),
    output: join(folder, "output"),
    config: join(folder, "config"),
    init: join(folder, "init.sh"),
    ready: join(folder, "ready"),
    apiSocket: join(folder, "api.sock"),
    state: join(folder, "state.json"),
    images: join(folder, "images.json"),
  };
}

/** Ours by name: eight hex digits of the node's folder, so that nodes of two clusters or checkouts never share a link or cgroup. */
function keyOf({ folder }: NodePaths): string {
  return createHash("sha256").update(folder).digest("hex").slice(0, 8);
}

/** The host's end of the link to the node. A link's name has at most 15 characters (IFNAMSIZ in linux/if.h). */
export function linkName(paths: NodePaths): string {
  return `ssnode${keyOf(paths)}`;
}

/** The cgroup, in each hierarchy, that all pods of the node are in. */
export function cgroupName(paths: NodePaths): string {
  return `security-stack-${keyOf(paths)}`;
}
