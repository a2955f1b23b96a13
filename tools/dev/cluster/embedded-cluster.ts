import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { endRealNode, hasRealNode } from "../node/end";
import { ensureTools } from "../toolchain/ensure";
import { KubeApi } from "./api";
import { controlPlaneArguments, type Ports, type Program, programs } from "./control-plane";
import { targetOfKubeconfig, writeKubeconfig } from "./kubeconfig";
import { launchControlPlane, PortTaken, type ToolPaths } from "./launch";
import { type ClusterPaths, clusterPaths, clustersFolder } from "./layout";
import { withLock } from "./lock";
import { ensurePki, type Pki } from "./pki";
import { freePorts } from "./ports";
import { endProcesses, processesOf, type RunningProcess } from "./processes";

/** The cluster of `npm start`. */
export const defaultName = "dev";

export interface ClusterOptions {
  /** Clusters of different names stand beside each other. */
  name?: string;
  /** The checkout the cluster belongs to; this one by default. */
  directory?: string;
  /** For tests: starts empty, keeps nothing on disk through a power cut, and `stop` removes its folder. */
  ephemeral?: boolean;
  /** Further arguments of kube-apiserver; those of an ephemeral cluster only. */
  apiServer?: readonly string[];
  /** Receives a line of progress when something takes longer than a few seconds. */
  say?: (line: string) => void;
}

export interface Cluster {
  name: string;
  server: string;
  kubeconfigPath: string;
  /** Holds the logs, one per program. */
  folder: string;
  /** True when it ran already. */
  reused: boolean;
  stop(): Promise<void>;
}

export interface ClusterStatus {
  state: "running" | "unhealthy" | "stopped";
  server?: string;
  kubeconfigPath: string;
  folder: string;
  processes: RunningProcess[];
}

/** What the last start left: enough to see whether what runs now is what a start would start. */
interface State {
  server: string;
  ports: Ports;
  tools: ToolPaths;
  arguments: Record<Program, string[]>;
  processes: RunningProcess[];
}

/** Starts the control plane, or returns the one that runs and is healthy. What a killed run left is ended first. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { name = defaultName, directory, ephemeral = false, apiServer, say = () => {} } = options;
  const tools: ToolPaths = await ensureTools(programs);
  const paths = clusterPaths(name, directory);
  const reused = await withLock(paths.lock, `starting cluster ${name}`, async () => {
    if (!ephemeral && (await runsAsWanted(paths, tools))) return true;
    await endControlPlane(paths);
    if (ephemeral) rmSync(paths.folder, { recursive: true, force: true });
    await startFresh(paths, name, tools, { ephemeral, apiServer, say });
    return false;
  });
  const { server } = readState(paths) as State;
  const stop = async () => {
    await stopCluster(name, { directory, purge: ephemeral });
  };
  return { name, server, kubeconfigPath: paths.kubeconfig, folder: paths.folder, reused, stop };
}

/** Ends the cluster's processes, if any; `purge` removes its data, certificates and logs too. Says whether any ran. */
export async function stopCluster(
  name: string = defaultName,
  { directory, purge = false }: { directory?: string; purge?: boolean } = {},
): Promise<boolean> {
  const paths = clusterPaths(name, directory);
  return withLock(paths.lock, `stopping cluster ${name}`, async () => {
    const ran = processesOf(paths.folder, programs).length > 0 || hasRealNode(paths.folder);
    await endControlPlane(paths);
    if (purge) await endRealNode(paths, true);
    if (purge) rmSync(paths.folder, { recursive: true, force: true });
    return ran;
  });
}

/** Whether a cluster runs, as the processes and the API server say, not as a file says. */
export async function clusterStatus(name: string = defaultName, directory?: string): Promise<ClusterStatus> {
  const paths = clusterPaths(name, directory);
  const processes = processesOf(paths.folder, programs);
  const healthy = hasAllPrograms(processes) && (await isReady(paths));
  return {
    state: healthy ? "running" : processes.length > 0 ? "unhealthy" : "stopped",
    server: readState(paths)?.server,
    kubeconfigPath: paths.kubeconfig,
    folder: paths.folder,
    processes,
  };
}

/** The names of the clusters this checkout has a folder of. */
export function clusterNames(directory?: string): string[] {
  const folder = clustersFolder(directory);
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.endsWith(".lock"))
    .map((entry) => entry.name);
}

async function runsAsWanted(paths: ClusterPaths, tools: ToolPaths): Promise<boolean> {
  const state = readState(paths);
  if (!state || !hasAllPrograms(processesOf(paths.folder, programs))) return false;
  const wanted = controlPlaneArguments(paths, await ensurePki(paths.pki), state.ports, false);
  const same = JSON.stringify([wanted, tools]) === JSON.stringify([state.arguments, state.tools]);
  return same && (await isReady(paths));
}

async function startFresh(
  paths: ClusterPaths,
  name: string,
  tools: ToolPaths,
  {
    ephemeral,
    apiServer,
    say,
  }: { ephemeral: boolean; apiServer: readonly string[] | undefined; say: (line: string) => void },
): Promise<void> {
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const pki = await ensurePki(paths.pki);
  for (let tries = 1; ; tries += 1) {
    const ports = await choosePorts(readState(paths)?.ports);
    const server = `https://127.0.0.1:${ports.apiserver}`;
    const args = controlPlaneArguments(paths, pki, ports, ephemeral, apiServer);
    writeKubeconfigs(paths, name, server, pki);
    const note = () => {
      const state: State = {
        server,
        ports,
        tools,
        arguments: args,
        processes: processesOf(paths.folder, programs),
      };
      writeFileSync(paths.state, JSON.stringify(state, null, 2), { mode: 0o600 });
    };
    note();
    try {
      await launchControlPlane(paths, tools, args, say);
      note();
      return;
    } catch (error) {
      await endControlPlane(paths);
      // Another program took the port between the choice and the start.
      if (!(error instanceof PortTaken) || tries === 3) throw error;
    }
  }
}

async function choosePorts(before?: Ports): Promise<Ports> {
  const preferred = before ? [before.etcd, before.etcdPeer, before.apiserver] : [];
  const [etcd, etcdPeer, apiserver] = (await freePorts(3, preferred)) as [number, number, number];
  return { etcd, etcdPeer, apiserver };
}

function writeKubeconfigs(paths: ClusterPaths, name: string, server: string, pki: Pki): void {
  const context = `security-stack-${name}`;
  writeKubeconfig(paths.kubeconfig, context, server, pki.ca, pki.admin);
  writeKubeconfig(paths.controllerManagerKubeconfig, context, server, pki.ca, pki.controllerManager);
  writeKubeconfig(paths.schedulerKubeconfig, context, server, pki.ca, pki.scheduler);
  writeKubeconfig(paths.kwokKubeconfig, context, server, pki.ca, pki.kwok);
}

/** The writers first, a real node among them, then the API server, then the store under it. */
async function endControlPlane(paths: ClusterPaths): Promise<void> {
  await endRealNode(paths);
  for (const group of [["kwok", "kube-scheduler", "kube-controller-manager"], ["kube-apiserver"], ["etcd"]]) {
    await endProcesses(() => processesOf(paths.folder, group), 3_000);
  }
}

async function isReady(paths: ClusterPaths): Promise<boolean> {
  if (!existsSync(paths.kubeconfig)) return false;
  const api = new KubeApi(targetOfKubeconfig(paths.kubeconfig), 5_000);
  try {
    return (await api.get("/readyz")) === "ok";
  } catch {
    return false;
  } finally {
    api.close();
  }
}

function hasAllPrograms(processes: RunningProcess[]): boolean {
  return programs.every((program) => processes.some((process) => process.name === program));
}

function readState(paths: ClusterPaths): State | undefined {
  try {
    return JSON.parse(readFileSync(paths.state, "utf8"));
  } catch {
    return undefined;
  }
}
