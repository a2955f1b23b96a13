import { spawn } from "node:child_process";

export interface RunOptions {
  /** The CLI: a path, or a name on PATH. */
  program: string;
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Collect the output instead of showing it. */
  quiet?: boolean;
  /** Asks the engine to end in good order, as Ctrl-C does. */
  signal?: AbortSignal | undefined;
}

export interface RunResult {
  code: number;
  /** What was collected; stderr follows stdout. */
  stdout: string;
  stderr: string;
  /** A signal asked for the end. The engine was let finish what it was doing. */
  interrupted: boolean;
}

/** Exit code of a command that Ctrl-C ended. */
export const interruptedCode = 130;

/**
 * Runs the Pulumi CLI to its end. At Ctrl-C the terminal tells the engine too, and it ends in good order; that is waited for.
 * A signal that only this process gets is passed on.
 */
export function runPulumi(
  args: readonly string[],
  { program, cwd, env, quiet = false, signal: end }: RunOptions,
): Promise<RunResult> {
  const stdio = quiet ? (["ignore", "pipe", "pipe"] as const) : ("inherit" as const);
  const onTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  let interrupted = false;
  const onSignal = (signal: NodeJS.Signals) => {
    interrupted = true;
    if (signal !== "SIGINT" || !onTerminal) child.kill("SIGINT");
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  // Before the start: a signal in between would end this process alone. Handlers wait for the code under way.
  for (const signal of signals) process.on(signal, onSignal);
  const child = spawn(program, args, { cwd, env, stdio: stdio as never });
  const onEnd = () => child.kill("SIGINT");
  end?.addEventListener("abort", onEnd);
  return new Promise((resolve, reject) => {
    const output = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      output.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      output.stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      for (const name of signals) process.off(name, onSignal);
      end?.removeEventListener("abort", onEnd);
      resolve({ ...output, code: code ?? 1, interrupted: interrupted || signal === "SIGINT" });
    });
  });
}
