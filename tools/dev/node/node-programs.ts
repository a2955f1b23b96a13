import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { Fault } from "../cluster/fault";
import { lastLines } from "../cluster/launch";
import { startDetached } from "../cluster/processes";
import { waitUntil } from "../cluster/wait";

/** The programs of a node while it starts: a wait for anything ends as soon as one of them has ended. */
export class NodePrograms {
  private readonly children = new Map<string, ChildProcess>();

  constructor(private readonly output: string) {}

  start(name: string, program: string, args: readonly string[]): void {
    this.children.set(name, startDetached(program, args, this.logOf(name)));
  }

  /** Starts a program within the namespaces of a process. */
  startInside(pid: number, name: string, folders: readonly string[], command: readonly string[]): void {
    const path = [...folders, "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":");
    const enter = [`--target=${pid}`, "--mount", "--net", "--pid", "--", "env", `PATH=${path}`];
    this.start(name, "nsenter", [...enter, ...command]);
  }

  /** @throws Fault when a program has ended or the time is up */
  async until<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs?: number): Promise<T> {
    let ended: Fault | undefined;
    const found = await waitUntil(
      what,
      async () => {
        ended = this.ended();
        return ended ? ({ ended } as const) : wrap(await look());
      },
      timeoutMs,
    );
    if ("ended" in found) throw found.ended;
    return found.value;
  }

  private ended(): Fault | undefined {
    for (const [name, { exitCode, signalCode, pid }] of this.children)
      if (exitCode !== null || signalCode !== null || pid === undefined)
        return new Fault(
          `${name} ended while the real node was starting. Its last lines:\n${lastLines(this.logOf(name))}`,
          { where: this.logOf(name), fix: "Run `npm run stop`, then the command again." },
        );
    return undefined;
  }

  private logOf(name: string): string {
    return join(this.output, `${name}.log`);
  }
}

function wrap<T>(found: T | undefined | false): { value: T } | undefined {
  return found === undefined || found === false ? undefined : { value: found };
}
