import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const CGROUPS = "/sys/fs/cgroup";
const SYSCTLS = ["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops", "net/ipv4/ip_forward"];

/** What a real node could leave behind on the machine, or change of it. */
export function hostTraces() {
  return {
    mounts: lines(readFileSync("/proc/self/mountinfo", "utf8")).map((line) => line.split(" ")[4]),
    // Links by name alone: their numbers and counters change.
    links: readdirSync("/sys/class/net").sort(),
    routes: lines(output("ip", ["route", "show", "table", "all"])).filter((line) => !line.includes("fe80")),
    rules: lines(output("iptables-save", [])).filter((line) => !line.startsWith("#")),
    cgroups: cgroups(),
    sysctls: SYSCTLS.map((name) => readFileSync(join("/proc/sys", name), "utf8").trim()),
  };
}

/** Command lines of what runs for a node, by its folder, and of what its containers hang on, which names no folder of ours. */
export function nodeProcesses(folder: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map((entry) => commandLine(entry))
    .filter((line) => line.includes(`${folder}/`) || line.includes("containerd-shim"));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
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
