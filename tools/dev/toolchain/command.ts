import { type ChildProcess, type SpawnOptionsWithStdioTuple, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Everything printed goes here too; the file is appended to. */
  logFile?: string;
  timeoutMs?: number;
  /** Called with every complete line of stderr. */
  onLine?: (line: string) => void;
  /** Run with lower priority, so that the machine stays usable during a build. The program must be known to be there. */
  nice?: boolean;
}

export interface CommandResult {
  /** Exit code, or -1 when the program did not start, was ended by a signal or ran out of time. */
  code: number;
  stdout: string;
  stderr: string;
}

/** The programs under way, so that an interrupted run doesn't leave a build going on behind its back. */
const running = new Set<ChildProcess>();
type TrackedOptions = SpawnOptionsWithStdioTuple<"ignore", "pipe", "pipe">;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function endChildren(): void {
  for (const child of running) child.kill("SIGTERM");
}

function onSignal(signal: NodeJS.Signals): void {
  endChildren();
  const alone = process.listenerCount(signal) === 1;
  process.removeListener(signal, onSignal);
  if (alone) process.kill(process.pid, signal);
}

/** Starts a program that ends with this one, also where a signal comes in the moment in which it is started. */
function startTracked(file: string, args: readonly string[], options: TrackedOptions) {
  listen();
  try {
    const child = spawn(file, args, options);
    running.add(child);
    return child;
  } finally {
    unlistenWhenIdle();
  }
}

function untrack(child: ChildProcess): void {
  running.delete(child);
  unlistenWhenIdle();
}

function listen(): void {
  if (running.size > 0) return;
  process.on("exit", endChildren);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unlistenWhenIdle(): void {
  if (running.size > 0) return;
  process.removeListener("exit", endChildren);
  for (const signal of SIGNALS) process.removeListener(signal, onSignal);
}

/** Runs a program without a shell. Never throws: a program that can't be started has code -1 and says why in stderr. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const log = options.logFile ? createWriteStream(options.logFile, { flags: "a" }) : undefined;
    log?.write(`$ ${[file, ...args].join(" ")}\n`);
    const command = options.nice ? ["nice", "-n", "5", file, ...args] : [file, ...args];
    const child = startTracked(command[0]!, command.slice(1), {
      cwd: options.cwd,
      env: options.env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs,
    });
    let stdout = "";
    let stderr = "";
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      log?.write(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
      log?.write(chunk);
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) options.onLine?.(line);
    });
    let finished = false;
    const finish = (code: number, extra = "") => {
      if (finished) return;
      finished = true;
      untrack(child);
      const result = { code, stdout, stderr: stderr + extra };
      if (log) log.end(() => resolve(result));
      else resolve(result);
    };
    child.on("error", (error) => finish(-1, error.message));
    child.on("close", (code, signal) => finish(code ?? -1, signal ? `ended by ${signal}` : ""));
  });
}
