import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ClusterPaths } from "../cluster/layout";

/** The real nodes that a cluster may have beside the simulated ones. The others than the first are for tests of what moves. */
export const realNodeNames = ["real-1", "real-2"] as const;

export type RealNodeName = (typeof realNodeNames)[number];

/** The one that a cluster has which is asked for a real node. */
export const realNodeName: RealNodeName = realNodeNames[0];

/** Where pods of real nodes get their addresses from, a 24th of it for each; kwok's simulated pods have another range. */
export const podRange = "10.246.0.0/16";
/** Of the `kube-dns` Service: the usual tenth of the range of Services. */
export const dnsAddress = "10.96.0.10";

/** The files of a real node, all in one folder of the cluster's. */
export interface NodePaths {
  name: RealNodeName;
  folder: string;
  /** Where the node's root file system is put together: a tmpfs that only the node's own mount namespace has. */
  root: string;
  /** What outlives the node's root: images and containers, the kubelet's folder, volumes. */
  data: string;
  /** The volumes of the cluster's real nodes: a folder that each has, as each may get a cloud's disk. */
  volumes: string;
  /** The node's /var/log. */
  log: string;
  /** What the programs print. */
  output: string;
  config: string;
  init: string;
  ready: string;
  apiSocket: string;
  state: string;
  /** Names the node's addresses, while it runs. */
  link: string;
  /** Notes which images are stand-ins. */
  images: string;
}

export function nodePaths(
  { folder: cluster }: Pick<ClusterPaths, "folder">,
  name: RealNodeName = realNodeName,
): NodePaths {
  const folderOf = (node: RealNodeName) => join(cluster, node === realNodeName ? "node" : `node-${node}`);
  const folder = folderOf(name);
  return {
    name,
    folder,
    root: join(folder, "root"),
    data: join(folder, "data"),
    volumes: join(folderOf(realNodeName), "data", "volumes"),
    log: join(folder, "data", "log"),
    output: join(folder, "output"),
    config: join(folder, "config"),
    init: join(folder, "init.sh"),
    ready: join(folder, "ready"),
    apiSocket: join(folder, "api.sock"),
    state: join(folder, "state.json"),
    link: join(folder, "config", "link.json"),
    images: join(folder, "images.json"),
  };
}

/** Those of every real node that the cluster may have. */
export function allNodePaths(cluster: Pick<ClusterPaths, "folder">): NodePaths[] {
  return realNodeNames.map((name) => nodePaths(cluster, name));
}

/** Where the pods of a real node get their addresses from. */
export function podRangeOf({ name }: NodePaths): string {
  return `10.246.${realNodeNames.indexOf(name)}.0/24`;
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
