import { appendFileSync, existsSync, renameSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface LogWriterOptions {
  file: string;
  /** The line of a number: 0, 1, 2 and so on. */
  line: (sequence: number) => string;
  linesPerSecond: number;
  /** Rename the file to `<file>.<number>` this often, as the sensors' rotation does. */
  rotateEveryMs?: number;
}

const TICK_MS = 20;

/** Appends lines to a file at a steady rate, like a sensor. */
export class LogWriter {
  private count = 0;
  private rotations = 0;
  private running = true;
  private readonly finished: Promise<void>;

  constructor(private readonly options: LogWriterOptions) {
    this.finished = this.run();
  }

  /** Lines written so far. */
  get written(): number {
    return this.count;
  }

  /** Renames of the file so far. */
  get rotated(): number {
    return this.rotations;
  }

  /** Ends after the lines that are due, and returns how many were written. */
  async stop(): Promise<number> {
    this.running = false;
    await this.finished;
    return this.count;
  }

  private async run(): Promise<void> {
    const { linesPerSecond, rotateEveryMs } = this.options;
    const started = Date.now();
    while (this.running) {
      const elapsed = Date.now() - started;
      if (rotateEveryMs && elapsed >= (this.rotations + 1) * rotateEveryMs) this.rotate();
      this.write(Math.floor((elapsed * linesPerSecond) / 1000));
      await sleep(TICK_MS);
    }
  }

  private write(due: number): void {
    const lines: string[] = [];
    for (; this.count < due; this.count += 1) lines.push(`${this.options.line(this.count)}\n`);
    if (lines.length > 0) appendFileSync(this.options.file, lines.join(""));
  }

  private rotate(): void {
    this.rotations += 1;
    const { file } = this.options;
    if (existsSync(file)) renameSync(file, `${file}.${this.rotations}`);
  }
}
