import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const PRELOAD = path.join(__dirname, "peak-memory.js");

/** The middle value; of an even number of values, the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** Peak memory (RSS, MiB) of the Pulumi programs that run with `env`, as the kernel counted it. */
export class PeakMemory {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-peak-"));
  private readonly file = path.join(this.folder, "peak.jsonl");
  readonly env = { NODE_OPTIONS: `--require ${PRELOAD}`, SECURITY_STACK_PEAK_MEMORY: this.file };

  megabytes(): number {
    const lines = fs.readFileSync(this.file, "utf8").trim().split("\n");
    const records = lines.map((line) => JSON.parse(line) as { program: string; kilobytes: number });
    const programs = records.filter(({ program }) => /@pulumi\/pulumi\/cmd\/run(\/|$)/.test(program));
    return Math.max(...programs.map(({ kilobytes }) => kilobytes)) / 1024;
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
