import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupName, linkName, type NodePaths } from "../../../tools/dev/node/layout";

const CGROUPS = "/sys/fs/cgroup";
const SYSCTLS = ["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops", "net/ipv4/ip_forward"];

/**
 * What real nodes could leave behind on the machine, or change of it. What names the link or the cgroup of another node,
 * which may start and stop meanwhile, is left out.
 */
export function hostTraces(...nodes: NodePaths[]) {
  const names = nodes.flatMap((node) => [linkName(node), cgroupName(node)]);
  const ofOthers = (line: string) =>
    /\b(ssnode|security-stack-)[0-9a-f]{8}\b/.test(line) && !names.some((name) => line.includes(name));
  const all = traces();
  return {
    ...all,
    mounts: all.mounts.filter((line) => !ofOthers(line)),
    links: all.links.filter((line) => !ofOthers(line)),
    routes: all.routes.filter((line) => !ofOthers(line)),
    rules: all.rules.filter((line) => !ofOthers(line)),
    cgroups: all.cgroups.filter((line) => !ofOthers(line)),
  };
}

function traces() {
  return {
    mounts: lines(readFileSync("/proc/self/mountinfo", "utf8")).map((line) => line.split(" ")[4]!),
    // Links by name alone: their numbers and counters change.
    links: readdirSync("/sys/class/net").sort(),
    routes: lines(output("ip", ["route", "show", "table", "all"])).filter((line) => !line.includes("fe80")),
    rules: lines(output("iptables-save", [])).filter((line) => !line.startsWith("#")),
    cgroups: cgroups(),
    sysctls: SYSCTLS.map((name) => readFileSync(join("/proc/sys", name), "utf8").trim()),
  };
}

/**
 * Command lines of what runs for a node, by its folder, and of what its containers hang on, which names no folder of ours
 * but has its mounts.
 */
export function nodeProcesses(folder: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => of(pid, "cmdline").includes(`${folder}/`) || isShim(pid, folder))
    .map((pid) => of(pid, "cmdline").replaceAll("\0", " "));
}

function isShim(pid: string, folder: string): boolean {
  return of(pid, "cmdline").includes("containerd-shim") && of(pid, "mountinfo").includes(`${folder}/`);
}

function of(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function cgroups(): string[] {
  const hierarchies = existsSync(join(CGROUPS, "cgroup.controllers"))
    ? [CGROUPS]
    : readdirSync(CGROUPS).map((name) => join(CGROUPS, name));
  return hierarchies.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.startsWith("security-stack"))
      .map((entry) => join(folder, entry.name)),
  );
}

function output(program: string, args: string[]): string {
  return spawnSync(program, args, { encoding: "utf8" }).stdout ?? "";
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
