import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ApiError, KubeApi } from "../cluster/api";
import type { Cluster } from "../cluster/embedded-cluster";
import { cacheRoot } from "../cluster/folders";
import { targetOfKubeconfig, writeKubeconfig } from "../cluster/kubeconfig";
import { type ClusterPaths, clusterPaths } from "../cluster/layout";
import { withLock } from "../cluster/lock";
import { ensurePki, issueIdentity, type Pki } from "../cluster/pki";
import { nodeNames } from "../cluster/simulation";
import { ensureTools } from "../toolchain/ensure";
import { makeCgroup } from "./cgroups";
import {
  apiEndpoint,
  type ClusterObject,
  clusterDns,
  kubeletAccess,
  simulatedTaint,
  volumeNames,
  volumes,
} from "./cluster-objects";
import {
  cniConfig,
  containerdConfig,
  dataFolders,
  kubeletConfig,
  kubeProxyConfig,
  resolvConf,
} from "./config-files";
import { endRealNode, initProcess } from "./end";
import { ImageStore } from "./image-store";
import { NODE_IMAGES } from "./images";
import { cgroupName, linkName, type NodePaths, nodePaths, realNodeName } from "./layout";
import { chooseLink, type Link, makeLink } from "./network";
import { NodePrograms } from "./node-programs";
import { requireRealNodeHost } from "./requirements";
import { type RuntimePrograms, requireHostPrograms, runtimePrograms } from "./runtime-programs";

export interface RealNodeOptions {
  /** The checkout that the cluster belongs to; this one by default. */
  directory?: string;
  say?: (line: string) => void;
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
  const { directory, say = () => {}, kubelet = {} } = options;
  requireRealNodeHost(process);
  requireHostPrograms();
  const runtime = await runtimePrograms();
  const tools = await ensureTools(["kubelet", "kube-proxy"]);
  const clusterFiles = clusterPaths(cluster.name, directory);
  const paths = nodePaths(clusterFiles);
  return withLock(clusterFiles.lock, `starting the real node of cluster ${cluster.name}`, async () => {
    const api = new KubeApi(targetOfKubeconfig(cluster.kubeconfigPath));
    try {
      const wanted = JSON.stringify({ tools, runtime, server: cluster.server, kubelet });
      const reused = await runsAsWanted(paths, api, wanted);
      if (!reused) {
        await endRealNode(clusterFiles);
        await joinCluster(clusterFiles, paths, cluster, { tools, runtime, api, say, kubelet });
        writeFileSync(paths.state, wanted, { mode: 0o600 });
      }
      return { name: realNodeName, logFolder: paths.log, reused };
    } finally {
      api.close();
    }
  });
}

async function runsAsWanted(paths: NodePaths, api: KubeApi, wanted: string): Promise<boolean> {
  if (!existsSync(paths.state) || readFileSync(paths.state, "utf8") !== wanted || !initProcess(paths))
    return false;
  return isReady(api).catch(() => false);
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
  const inside = (name: string, ...command: string[]) =>
    programs.startInside(pid, name, runtime.folders, command);
  startRelays(programs, inside, paths, port);
  inside("containerd", runtime.containerd, `--config=${join(paths.config, "containerd.toml")}`);
  const store = new ImageStore(runtime.ctr, pid, paths.images, say);
  // The kubelet ends where it finds no container runtime.
  await programs.until("containerd", () => store.answers());
  startKubernetes(inside, tools, paths, link);
  await store.provide(Object.values(NODE_IMAGES));
  const own = [kubeletAccess(), apiEndpoint(link, port), ...volumes(), ...clusterDns(NODE_IMAGES.dns)];
  for (const object of own) await put(api, object);
  await programs.until("the real node to be ready", () => isReady(api));
  for (const name of nodeNames)
    await api.patch(`/api/v1/nodes/${name}`, { spec: { taints: [simulatedTaint] } });
  await programs.until("the cluster's DNS", () => dnsAnswers(api));
}

async function writeFiles(
  paths: NodePaths,
  runtime: RuntimePrograms,
  link: Link,
  cluster: Cluster,
  pki: Pki,
  kubeletSettings: object,
): Promise<void> {
  rmSync(paths.ready, { force: true });
  rmSync(paths.config, { recursive: true, force: true });
  const folders = [paths.root, paths.log, paths.output, join(paths.config, "cni")];
  for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of volumeNames) mkdirSync(join(paths.data, "volumes", name), { recursive: true });

  const identity = (name: string, commonName: string, organization?: string, names?: string[]) =>
    issueIdentity(paths.config, name, { commonName, organization, names }, pki.ca);
  const serving = await identity("kubelet-serving", realNodeName, undefined, [link.node, realNodeName]);
  const kubelet = await identity("kubelet", `system:node:${realNodeName}`, "system:nodes");
  const proxy = await identity("kube-proxy", "system:kube-proxy");
  const context = `security-stack-${cluster.name}`;
  writeKubeconfig(join(paths.config, "kubelet.kubeconfig"), context, cluster.server, pki.ca, kubelet);
  const proxyKubeconfig = join(paths.config, "kube-proxy.kubeconfig");
  writeKubeconfig(proxyKubeconfig, context, cluster.server, pki.ca, proxy);
  // The folder is all that the node sees of the cluster's.
  const ca = { certificate: join(paths.config, "ca.crt"), key: "" };
  writeFileSync(ca.certificate, readFileSync(pki.ca.certificate));

  const files: Record<string, string> = {
    "containerd.toml": containerdConfig(runtime, paths, NODE_IMAGES.pause),
    "cni/10-security-stack.conflist": cniConfig(),
    "kubelet.yaml": kubeletConfig(paths, link.node, serving, ca, kubeletSettings),
    "kube-proxy.yaml": kubeProxyConfig(proxyKubeconfig),
    "resolv.conf": resolvConf,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(paths.config, name), text);
  writeFileSync(paths.init, readFileSync(join(__dirname, "init.sh")));
}

/** Starts the first process of the node and gives its id once the node's root file system is there. */
async function startNamespace(
  paths: NodePaths,
  programs: NodePrograms,
  programFolders: readonly string[],
): Promise<number> {
  for (const folder of Object.keys(dataFolders)) mkdirSync(join(paths.data, folder), { recursive: true });
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
    `--hostname-override=${realNodeName}`,
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

async function isReady(api: KubeApi): Promise<boolean> {
  interface Node {
    spec: { taints?: unknown[] };
    status: { conditions?: { type: string; status: string }[] };
  }
  const { spec, status } = await api.get<Node>(`/api/v1/nodes/${realNodeName}`);
  const ready = status.conditions?.some((one) => one.type === "Ready" && one.status === "True") ?? false;
  return ready && !spec.taints?.length;
}

async function dnsAnswers(api: KubeApi): Promise<boolean> {
  const path = "/apis/apps/v1/namespaces/kube-system/deployments/coredns";
  const { status } = await api.get<{ status: { availableReplicas?: number } }>(path);
  return (status.availableReplicas ?? 0) > 0;
}
