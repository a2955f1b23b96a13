import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface ProcessOptions {
  program: string;
  args: readonly string[];
  env: Record<string, string>;
  logFile: string;
  isReady(): Promise<boolean>;
}

const START_TIMEOUT_MS = 30_000;

/** A program as it runs in a pod: started again after its end, with the files that it left. */
export class PodProcess {
  private child: ChildProcess | undefined;
  private readonly onExit = () => this.child?.kill("SIGKILL");

  constructor(private readonly options: ProcessOptions) {
    process.once("exit", this.onExit);
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts it, and waits until it is ready. */
  async start(): Promise<void> {
    const { program, args, env, logFile, isReady } = this.options;
    const child = spawn(program, [...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => appendFileSync(logFile, chunk));
    this.child = child;
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await isReady())) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`${program} did not start:\n${this.log().slice(-3000)}`);
      await sleep(50);
    }
  }

  /** Ends it, by default as a crash does. */
  async end(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.child?.kill(signal);
  }

  /** The most memory that it has had, in MiB (Linux). */
  peakMemory(): number {
    const status = readFileSync(`/proc/${this.child?.pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  }

  log(): string {
    return existsSync(this.options.logFile) ? readFileSync(this.options.logFile, "utf8") : "";
  }
}
