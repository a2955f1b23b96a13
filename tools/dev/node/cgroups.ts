import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const MOUNT = "/sys/fs/cgroup";
/** What the kubelet wants of its root (kubelet pkg/kubelet/cm, supported controllers). */
const CONTROLLERS = ["cpu", "cpuset", "memory", "pids", "hugetlb", "io"];

/** Makes the cgroup that the node's pods go into, since the kubelet wants its root to be there. */
export function makeCgroup(name: string): void {
  if (isUnified()) delegate();
  for (const hierarchy of hierarchies()) {
    const folder = join(hierarchy, name);
    mkdirSync(folder, { recursive: true });
    // In version 1 a new cpuset is empty, and nothing can run in it.
    for (const file of ["cpuset.cpus", "cpuset.mems"])
      if (!isUnified() && existsSync(join(folder, file)))
        writeFileSync(join(folder, file), readFileSync(join(hierarchy, file)));
  }
}

/** Removes it with all below it. The processes in it must have ended; the kernel lets go of them a moment later. */
export async function removeCgroup(name: string): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const folder = join(hierarchy, name);
    for (const deadline = Date.now() + 10_000; existsSync(folder); await sleep(50)) {
      try {
        removeTree(folder);
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }
}

/** A cgroup goes with rmdir alone, the innermost first: its files are the kernel's. */
function removeTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  rmdirSync(folder);
}

function isUnified(): boolean {
  return existsSync(join(MOUNT, "cgroup.controllers"));
}

/** One folder in version 2, one for each controller in version 1. */
function hierarchies(): string[] {
  if (isUnified()) return [MOUNT];
  if (!existsSync(MOUNT)) return [];
  return [...new Set(readdirSync(MOUNT).map((entry) => realpathSync(join(MOUNT, entry))))];
}

/** Lets children of the root have the controllers. Container runtimes do the same; what the system uses itself stays on. */
function delegate(): void {
  const available = readFileSync(join(MOUNT, "cgroup.controllers"), "utf8").split(/\s+/);
  for (const controller of CONTROLLERS.filter((one) => available.includes(one)))
    writeFileSync(join(MOUNT, "cgroup.subtree_control"), `+${controller}`);
}
