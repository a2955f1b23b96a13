import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ApiError, KubeApi } from "../cluster/api";
import type { Cluster } from "../cluster/embedded-cluster";
import { cacheRoot } from "../cluster/folders";
import { targetOfKubeconfig } from "../cluster/kubeconfig";
import { type ClusterPaths, clusterPaths } from "../cluster/layout";
import { withLock } from "../cluster/lock";
import { ensurePki } from "../cluster/pki";
import { nodeNames } from "../cluster/simulation";
import { ensureTools } from "../toolchain/ensure";
import { makeCgroup } from "./cgroups";
import {
  apiEndpoint,
  type ClusterObject,
  clusterDns,
  kubeletAccess,
  simulatedTaint,
  volumes,
} from "./cluster-objects";
import { dataFolders } from "./config-files";
import { endNode, initProcess, runningNodes } from "./end";
import { ImageStore } from "./image-store";
import { NODE_IMAGES } from "./images";
import {
  cgroupName,
  linkName,
  type NodePaths,
  nodePaths,
  podRangeOf,
  type RealNodeName,
  realNodeName,
} from "./layout";
import { chooseLink, connectNodes, type Link, makeLink, type NodeNetwork } from "./network";
import { writeFiles } from "./node-files";
import { NodePrograms } from "./node-programs";
import { requireRealNodeHost } from "./requirements";
import { type RuntimePrograms, requireHostPrograms, runtimePrograms } from "./runtime-programs";

export interface RealNodeOptions {
  /** The checkout that the cluster belongs to; this one by default. */
  directory?: string;
  say?: (line: string) => void;
  /** Which one; the first by default. Another one joins a cluster that has the first. */
  name?: RealNodeName;
  /** Further settings of the kubelet, of its `KubeletConfiguration`. A node that runs with others is restarted. */
  kubelet?: Readonly<Record<string, unknown>>;
}

export interface RealNode {
  name: string;
  /** The host's path of the node's /var/log. */
  logFolder: string;
  /** True when it ran already. */
  reused: boolean;
}

interface NodeTools {
  kubelet: string;
  "kube-proxy": string;
}

/**
 * Lets a real node join a running cluster: containerd, kubelet, kube-proxy and CoreDNS in namespaces of their own. Pods go to it instead
 * of the simulated nodes; those of DaemonSets go to it too. It ends with the cluster.
 * @throws Fault without root or Linux, or where a program or an image is not to be had
 */
export async function startRealNode(cluster: Cluster, options: RealNodeOptions = {}): Promise<RealNode> {
  const { directory, say = () => {}, name = realNodeName, kubelet = {} } = options;
  requireRealNodeHost(process);
  requireHostPrograms();
  const runtime = await runtimePrograms();
  const tools = await ensureTools(["kubelet", "kube-proxy"]);
  const clusterFiles = clusterPaths(cluster.name, directory);
  const paths = nodePaths(clusterFiles, name);
  return withLock(
    clusterFiles.lock,
    `starting the real node ${name} of cluster ${cluster.name}`,
    async () => {
      const api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
      try {
        const wanted = JSON.stringify({ tools, runtime, server: cluster.server, kubelet });
        const reused = await runsAsWanted(paths, api, wanted);
        if (!reused) {
          await endNode(paths);
          await joinCluster(clusterFiles, paths, cluster, { tools, runtime, api, say, kubelet });
          writeFileSync(paths.state, wanted, { mode: 0o600 });
        }
        return { name, logFolder: paths.log, reused };
      } finally {
        api.close();
      }
    },
  );
}

async function runsAsWanted(paths: NodePaths, api: KubeApi, wanted: string): Promise<boolean> {
  if (!existsSync(paths.state) || readFileSync(paths.state, "utf8") !== wanted || !initProcess(paths))
    return false;
  return isReady(api, paths.name).catch(() => false);
}

interface Parts {
  tools: NodeTools;
  runtime: RuntimePrograms;
  api: KubeApi;
  say: (line: string) => void;
  kubelet: object;
}

async function joinCluster(
  clusterFiles: ClusterPaths,
  paths: NodePaths,
  cluster: Cluster,
  { tools, runtime, api, say, kubelet }: Parts,
): Promise<void> {
  const port = Number(new URL(cluster.server).port);
  const link = chooseLink(linkName(paths));
  await writeFiles(paths, runtime, link, cluster, await ensurePki(clusterFiles.pki), kubelet);
  const programs = new NodePrograms(paths.output);
  const pid = await startNamespace(paths, programs, [
    ...runtime.folders,
    runtime.cniFolder,
    dirname(runtime.containerd),
    join(cacheRoot(), "tools"),
    dirname(process.execPath),
    __dirname,
  ]);
  makeCgroup(cgroupName(paths));
  await makeLink(link, pid);
  for (const other of othersOf(paths, clusterFiles)) await connectNodes(networkOf(paths, pid), other);
  const inside = (name: string, ...command: string[]) =>
    programs.startInside(pid, name, runtime.folders, command);
  startRelays(programs, inside, paths, port);
  inside("containerd", runtime.containerd, `--config=${join(paths.config, "containerd.toml")}`);
  const store = new ImageStore(runtime.ctr, pid, paths.images, say);
  // The kubelet ends where it finds no container runtime.
  await programs.until("containerd", () => store.answers());
  startKubernetes(inside, tools, paths, link);
  await store.provide(Object.values(NODE_IMAGES));
  const isFirst = paths.name === realNodeName;
  // Also where pods of another one find the API server.
  const own = [kubeletAccess(), apiEndpoint(link, port), ...volumes(), ...clusterDns(NODE_IMAGES.dns)];
  if (isFirst) for (const object of own) await put(api, object);
  await programs.until(`the real node ${paths.name} to be ready`, () => isReady(api, paths.name));
  if (isFirst)
    for (const name of nodeNames)
      await api.patch(`/api/v1/nodes/${name}`, { spec: { taints: [simulatedTaint] } });
  await programs.until("the cluster's DNS", () => dnsAnswers(api));
}

/** The cluster's other real nodes, as far as they run. */
function othersOf({ name }: NodePaths, clusterFiles: ClusterPaths): NodeNetwork[] {
  return runningNodes(clusterFiles)
    .filter(({ paths }) => paths.name !== name)
    .map(({ paths, pid }) => networkOf(paths, pid));
}

function networkOf(paths: NodePaths, pid: number): NodeNetwork {
  const { node }: Link = JSON.parse(readFileSync(paths.link, "utf8"));
  return { name: paths.name, pid, address: node, podRange: podRangeOf(paths) };
}

/** Starts the first process of the node and gives its id once the node's root file system is there. */
async function startNamespace(
  paths: NodePaths,
  programs: NodePrograms,
  programFolders: readonly string[],
): Promise<number> {
  const binds = Object.entries(dataFolders).flat();
  const namespaces = ["--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child"];
  programs.start("init", "unshare", [
    ...namespaces,
    ...["bash", paths.init, paths.folder, ...binds, "--", ...outermostFirst(programFolders)],
  ]);
  await programs.until("the node's root file system", async () => existsSync(paths.ready));
  return initProcess(paths)!.pid;
}

/** A folder before those within it: the mount of an inner one would stand where init.sh looks for the outer one. */
export function outermostFirst(folders: readonly string[]): string[] {
  return [...new Set(folders)].sort();
}

type Start = (name: string, ...command: string[]) => void;

/** One on each side of the node's network, with a socket file between them. */
function startRelays(programs: NodePrograms, inside: Start, paths: NodePaths, port: number): void {
  const relay = join(__dirname, "relay.js");
  programs.start("relay-host", process.execPath, [relay, paths.apiSocket, `127.0.0.1:${port}`]);
  inside("relay-node", process.execPath, relay, `0.0.0.0:${port}`, paths.apiSocket);
}

function startKubernetes(inside: Start, tools: NodeTools, paths: NodePaths, { node }: Link): void {
  const config = (name: string) => join(paths.config, name);
  inside(
    "kubelet",
    tools.kubelet,
    `--config=${config("kubelet.yaml")}`,
    `--kubeconfig=${config("kubelet.kubeconfig")}`,
    `--hostname-override=${paths.name}`,
    `--node-ip=${node}`,
    "--node-labels=topology.kubernetes.io/zone=zone-a",
  );
  inside("kube-proxy", tools["kube-proxy"], `--config=${config("kube-proxy.yaml")}`);
}

/** Makes the object, or makes the one that is there like it. A volume stays as it is, since it may be in use. */
async function put(api: KubeApi, { path, object }: ClusterObject): Promise<void> {
  const itself = `${path}/${object.metadata.name}`;
  // Asked for first: a second Service of a fixed address is refused for the address, not as one that exists.
  if (!(await exists(api, itself))) await api.create(path, object);
  else if (!path.endsWith("/persistentvolumes")) await api.patch(itself, object);
}

async function exists(api: KubeApi, path: string): Promise<boolean> {
  try {
    await api.get(path);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}

async function isReady(api: KubeApi, name: RealNodeName): Promise<boolean> {
  interface Node {
    spec: { taints?: unknown[] };
    status: { conditions?: { type: string; status: string }[] };
  }
  const { spec, status } = await api.get<Node>(`/api/v1/nodes/${name}`);
  const ready = status.conditions?.some((one) => one.type === "Ready" && one.status === "True") ?? false;
  return ready && !spec.taints?.length;
}

async function dnsAnswers(api: KubeApi): Promise<boolean> {
  const path = "/apis/apps/v1/namespaces/kube-system/deployments/coredns";
  const { status } = await api.get<{ status: { availableReplicas?: number } }>(path);
  return (status.availableReplicas ?? 0) > 0;
}
