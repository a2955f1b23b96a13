import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeApi } from "./api";
import { logFile, type Program, programs } from "./control-plane";
import { Fault } from "./fault";
import { targetOfKubeconfig } from "./kubeconfig";
import type { ClusterPaths } from "./layout";
import { startDetached } from "./processes";
import { nodeNames, nodeObject, simulatedLabel, storageClassObject } from "./simulation";

export type ToolPaths = Record<Program, string>;

/** A port that was free a moment ago is taken: worth another try. */
export class PortTaken extends Fault {}

const patienceMs = 120_000;

/** Starts every program and returns when pods can be scheduled; fails as soon as one of the programs ends. */
export async function launchControlPlane(
  paths: ClusterPaths,
  tools: ToolPaths,
  args: Record<Program, string[]>,
  say: (line: string) => void,
): Promise<void> {
  const children = new Map<Program, ChildProcess>();
  const launch = (program: Program) =>
    children.set(program, startDetached(tools[program], args[program], logFile(paths, program)));
  const until = (what: string, condition: () => Promise<boolean>) =>
    waitFor(paths, children, what, condition, say);

  launch("etcd");
  launch("kube-apiserver");
  const api = new KubeApi(targetOfKubeconfig(paths.kubeconfig), 5_000);
  try {
    await until("kube-apiserver", async () => (await api.get("/readyz")) === "ok");
    for (const program of programs) if (!children.has(program)) launch(program);
    await seed(api);
    await until("the nodes", () => nodesAreReady(api));
    await until("the default service account", async () =>
      Boolean(await api.get("/api/v1/namespaces/default/serviceaccounts/default")),
    );
  } finally {
    api.close();
  }
}

async function seed(api: KubeApi): Promise<void> {
  const { gitVersion } = await api.get<{ gitVersion: string }>("/version");
  for (const name of nodeNames) {
    await api.ensure("/api/v1/nodes", nodeObject(name, gitVersion));
    // A node of an earlier start: with the label of today, and open for pods again if a real node went.
    await api.patch(`/api/v1/nodes/${name}`, {
      metadata: { labels: simulatedLabel },
      spec: { taints: null },
    });
  }
  await removeRealNodes(api);
  await api.ensure("/apis/storage.k8s.io/v1/storageclasses", storageClassObject());
}

/** A real node ended with the control plane before; it joins again with its kubelet. */
async function removeRealNodes(api: KubeApi): Promise<void> {
  const { items } = await api.get<{ items: { metadata: { name: string } }[] }>(
    "/api/v1/nodes?labelSelector=security-stack/simulated!=true",
  );
  for (const { metadata } of items) await api.delete(`/api/v1/nodes/${metadata.name}`);
}

/** Ready, and without the taint that the node controller puts on until it has seen that. */
async function nodesAreReady(api: KubeApi): Promise<boolean> {
  interface Node {
    spec: { taints?: unknown[] };
    status: { conditions?: { type: string; status: string }[] };
  }
  const { items } = await api.get<{ items: Node[] }>("/api/v1/nodes");
  const ready = (node: Node) =>
    !node.spec.taints?.length &&
    node.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  return items.length >= nodeNames.length && items.every(ready);
}

async function waitFor(
  paths: ClusterPaths,
  children: Map<Program, ChildProcess>,
  what: string,
  condition: () => Promise<boolean>,
  say: (line: string) => void,
): Promise<void> {
  const began = Date.now();
  let lastReported = 0;
  for (;;) {
    const ended = [...children].find(
      ([, child]) => child.exitCode !== null || child.signalCode !== null || child.pid === undefined,
    );
    if (ended) throw programEnded(paths, ended[0]);
    if (await condition().catch(() => false)) return;
    const seconds = Math.floor((Date.now() - began) / 1000);
    if (seconds * 1000 > patienceMs) throw tooSlow(paths, what);
    if (seconds >= lastReported + 5) {
      lastReported = seconds;
      say(`waiting for ${what}, ${seconds} s`);
    }
    await sleep(50);
  }
}

function programEnded(paths: ClusterPaths, program: Program): Fault {
  const file = logFile(paths, program);
  const tail = lastLines(file);
  if (/address already in use/.test(tail))
    return new PortTaken(`${program} found its port taken.`, { where: file, fix: "Run the command again." });
  return new Fault(`${program} ended while the cluster was starting. Its last lines:\n${tail}`, {
    where: file,
    fix:
      program === "etcd"
        ? "If its data is damaged, `npm run stop -- --purge` removes it; then run the command again."
        : "Run the command again; if it ends the same way, `npm run stop -- --purge` and start again.",
  });
}

function tooSlow(paths: ClusterPaths, what: string): Fault {
  return new Fault(`The cluster waited ${patienceMs / 1000} s for ${what}.`, {
    where: paths.logs,
    fix: "Free some CPU or memory (`npm run doctor` says what is short), then run the command again.",
  });
}

/** The end of a program's log, indented. */
export function lastLines(file: string, count = 12): string {
  try {
    const lines = readFileSync(file, "utf8").trimEnd().split("\n").slice(-count);
    return lines.map((line) => `    ${line.slice(0, 400)}`).join("\n");
  } catch {
    return "    (no output)";
  }
}
