import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Its first compiler only, and the smallest collector: half of the time of a start. */
export const QUICK_JAVA = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"];

/** KafkaShell.java as a process that takes one command after the other. */
export class KafkaShell {
  private readonly answers: AsyncIterator<string>;
  private last: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    this.answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    this.last = this.next();
  }

  static start(java: string, jars: string, brokers: string): KafkaShell {
    const program = join(__dirname, "KafkaShell.java");
    const args = [...QUICK_JAVA, "-Xmx256m", "-cp", jars, program, brokers];
    return new KafkaShell(spawn(java, args, { stdio: ["pipe", "pipe", "ignore"] }));
  }

  run(command: object): Promise<unknown> {
    const answer = this.last.then(async () => {
      this.child.stdin!.write(`${JSON.stringify(command)}\n`);
      const { result, error } = await this.next();
      if (error) throw new Error(error);
      return result;
    });
    this.last = answer.catch(() => undefined);
    return answer;
  }

  end(): void {
    this.child.kill("SIGKILL");
  }

  private async next(): Promise<{ result?: unknown; error?: string }> {
    for (;;) {
      const { value, done } = await this.answers.next();
      if (done) throw new Error("KafkaShell ended");
      if (String(value).startsWith("{")) return JSON.parse(String(value));
    }
  }
}
