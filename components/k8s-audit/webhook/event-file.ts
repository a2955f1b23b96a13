import { readdirSync, statSync, unlinkSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";

export interface EventFileOptions {
  folder: string;
  /** Begin of the names of all files that count to `maxBytes`, this program's and others'. */
  prefix: string;
  /** Of this program, in the names of its files. */
  writer: string;
  /** Of a file, from which on the next is begun. */
  fileBytes: number;
  /** Of all files together; the oldest are deleted beyond it, read or not. */
  maxBytes: number;
  say(line: string): void;
}

interface Waiting {
  lines: readonly string[];
  written(): void;
  failed(error: Error): void;
}

/**
 * Lines on the node's disk, for the collector to read. What is appended while the disk is busy is written in one piece
 * afterwards, with one wait for the disk.
 */
export class EventFile {
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  private file: { handle: FileHandle; path: string; bytes: number } | undefined;
  private opened = 0;

  constructor(private readonly options: EventFileOptions) {}

  /** Done when the lines are on disk: a power cut does not lose them. @throws Error of the file system */
  append(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return Promise.resolve();
    const done = new Promise<void>((written, failed) => {
      this.waiting.push({ lines, written, failed });
    });
    this.writing ??= this.writeAll();
    return done;
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.writing;
    await this.abandon();
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.write(batch.flatMap(({ lines }) => lines));
        for (const { written } of batch) written();
      } catch (error) {
        // Half a line may be at its end: nothing comes behind it.
        await this.abandon();
        for (const { failed } of batch) failed(error as Error);
      }
    }
    this.writing = undefined;
  }

  private async write(lines: readonly string[]): Promise<void> {
    if (this.file && this.file.bytes >= this.options.fileBytes) await this.abandon();
    for (;;) {
      const isNew = this.file === undefined;
      this.file ??= await this.begin();
      const { handle, path } = this.file;
      const text = Buffer.from(`${(isNew ? marked(lines, path) : lines).join("\n")}\n`);
      await handle.appendFile(text);
      await handle.datasync();
      this.file.bytes += text.length;
      // Deleted meanwhile, by someone who makes room: what was written is gone with it.
      if ((await handle.stat()).nlink > 0) return;
      await this.abandon();
    }
  }

  private async begin(): Promise<{ handle: FileHandle; path: string; bytes: number }> {
    const { folder, prefix, writer } = this.options;
    this.makeRoom();
    this.opened += 1;
    const path = join(folder, `${prefix}${writer}-${Date.now()}-${this.opened}.log`);
    // For the collector, which is root, and nobody else.
    const handle = await open(path, "ax", 0o600);
    await syncFolder(folder);
    return { handle, path, bytes: 0 };
  }

  private async abandon(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.handle.close().catch(() => undefined);
  }

  private makeRoom(): void {
    const { folder, prefix, maxBytes, fileBytes, say } = this.options;
    const files = readdirSync(folder)
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => statOf(join(folder, name)))
      .sort((a, b) => a.changed - b.changed);
    let bytes = files.reduce((sum, { size }) => sum + size, fileBytes);
    for (const { path, size } of files) {
      if (bytes <= maxBytes) return;
      unlinkSync(path);
      bytes -= size;
      say(`${path} was deleted, read or not: all files may have ${maxBytes} bytes`);
    }
  }
}

/** The file is there after a power cut too (man 2 fsync). */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The collector knows a file by its first 1,000 bytes (file_log, `fingerprint_size`): two that begin with the same events,
 * sent again by an API server that got no answer, would be one to it. So the first line names its file.
 */
function marked([first = "{}", ...others]: readonly string[], path: string): string[] {
  return [`{"file":${JSON.stringify(path)},${first.slice(1)}`, ...others];
}

function statOf(path: string): { path: string; size: number; changed: number }[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? [{ path, size: stat.size, changed: stat.mtimeMs }] : [];
}
