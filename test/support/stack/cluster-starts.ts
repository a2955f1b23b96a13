import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { KubeApi } from "../../../tools/dev/cluster/api";
import { type Program, programs } from "../../../tools/dev/cluster/control-plane";
import { clusterStatus, startCluster } from "../../../tools/dev/cluster/embedded-cluster";
import { checkout } from "../../../tools/dev/cluster/folders";
import { targetOfKubeconfig } from "../../../tools/dev/cluster/kubeconfig";
import { clusterPaths } from "../../../tools/dev/cluster/layout";
import { processesOf, type RunningProcess } from "../../../tools/dev/cluster/processes";
import { waitUntil } from "../../../tools/dev/cluster/wait";
import { TYPESCRIPT } from "../../../tools/dev/typescript";

/** The control plane's processes of a checkout. */
export function running(directory: string): RunningProcess[] {
  return processesOf(clusterPaths("dev", directory).folder, programs);
}

/** A run of `startCluster` that can be killed without taking the tests along. */
export function startElsewhere(directory: string): ChildProcess {
  const program = `require("./tools/dev/cluster/embedded-cluster").startCluster({ directory: ${JSON.stringify(resolve(directory))} })`;
  return spawn(process.execPath, ["--require", TYPESCRIPT, "-e", program], {
    cwd: checkout,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

export function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((done) => child.on("exit", done));
}

/** Kills a start once the program runs, and holds the next start to what it has to make of that. */
export async function assertRecoversFromKill(directory: string, program: Program): Promise<void> {
  const starter = startElsewhere(directory);
  await waitUntil(`${program} to run`, async () => running(directory).some(({ name }) => name === program));
  starter.kill("SIGKILL");
  await exitCode(starter);
  const before = running(directory).map(({ pid }) => pid);
  const cluster = await startCluster({ directory });
  assert.equal((await clusterStatus("dev", directory)).state, "running");
  assert.equal(running(directory).length, programs.length, "one process of each program");
  assert.equal(cluster.reused || running(directory).every(({ pid }) => !before.includes(pid)), true);
}

const configMaps = "/api/v1/namespaces/default/configmaps";

/** An object by which one cluster is told from another. */
export async function createConfigMap(kubeconfig: string, name: string): Promise<void> {
  const api = new KubeApi(targetOfKubeconfig(kubeconfig));
  await api.create(configMaps, { metadata: { name } });
  api.close();
}

export async function hasConfigMap(kubeconfig: string, name: string): Promise<boolean> {
  const api = new KubeApi(targetOfKubeconfig(kubeconfig));
  try {
    await api.get(`${configMaps}/${name}`);
    return true;
  } catch (error) {
    assert.equal((error as { reason?: string }).reason, "NotFound");
    return false;
  } finally {
    api.close();
  }
}
