import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { basename, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A process as the operating system sees it. A pid alone is no identity, pid and start time are. */
export interface RunningProcess {
  pid: number;
  startedAt: string;
  name: string;
}

/**
 * The processes of these names whose command line names a file in `folder`. Each process of ours does so, and the folder is
 * ours alone, so this finds exactly what was started for it, also when the run that did so was killed before it could note a pid.
 */
export function processesOf(folder: string, names: readonly string[]): RunningProcess[] {
  return existsSync("/proc/self/cmdline") ? fromProc(folder, names) : fromPs(folder, names);
}

/** When a process was started, in a form that is only good for comparing; undefined when there is no such process. */
export function startTime(pid: number): string | undefined {
  if (!existsSync("/proc/self/stat")) return ps(["-o", "lstart=", "-p", String(pid)])[0]?.trim();
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold anything; the fields after it start with the third.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === undefined || state === "" || state === "Z" ? undefined : fields[18];
}

/**
 * Ends what `find` finds: SIGTERM, then SIGKILL for what is still there after `graceMs`. It looks again before each signal,
 * so a pid that went to another process meanwhile is never hit.
 */
export async function endProcesses(find: () => RunningProcess[], graceMs: number): Promise<void> {
  signalProcesses(find(), "SIGTERM");
  for (const deadline = Date.now() + graceMs; Date.now() < deadline; await sleep(20))
    if (find().length === 0) return;
  signalProcesses(find(), "SIGKILL");
  while (find().length > 0) await sleep(20);
}

/** Sends a signal to each; one that has ended in the meantime (of itself, or for want of the one before it) is no error. */
export function signalProcesses(processes: readonly RunningProcess[], name: NodeJS.Signals): void {
  for (const { pid } of processes)
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
}

/** Starts a program that outlives this one, with its output in `logFile` (the log of the run before is kept beside it). */
export function startDetached(program: string, args: readonly string[], logFile: string) {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.previous`);
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: plainEnvironment(),
  });
  closeSync(log);
  // A program that cannot be started shows as a child without a pid.
  child.on("error", () => {});
  child.unref();
  return child;
}

/** No KUBECONFIG, proxy or cloud credentials of the user reach the control plane. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR };
}

function fromProc(folder: string, names: readonly string[]): RunningProcess[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const words = readOrEmpty(`/proc/${entry}/cmdline`).split("\0");
      // The second word is the program when the first is the interpreter of a wrapper script.
      const name = words
        .slice(0, 2)
        .map((word) => basename(word))
        .find((word) => names.includes(word));
      return name && words.some((word) => word.includes(folder + sep)) ? describe(Number(entry), name) : [];
    });
}

function fromPs(folder: string, names: readonly string[]): RunningProcess[] {
  return ps(["-axww", "-o", "pid=,command="]).flatMap((line) => {
    const [, pid = "", command = ""] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    const name = names.find((one) => command.startsWith(`${one} `) || command.includes(`/${one} `));
    return name && command.includes(folder + sep) ? describe(Number(pid), name) : [];
  });
}

function describe(pid: number, name: string): RunningProcess[] {
  const startedAt = startTime(pid);
  return startedAt === undefined ? [] : [{ pid, name, startedAt }];
}

function ps(args: string[]): string[] {
  const { stdout } = spawnSync("ps", args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  return (stdout ?? "").split("\n").filter((line) => line !== "");
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
