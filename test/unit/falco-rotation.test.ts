import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setImmediate as breathe, setTimeout as pause } from "node:timers/promises";

const SCRIPT = path.join(__dirname, "..", "..", "components", "falco", "rotate.sh");

interface Rotation {
  maxBytes: number;
  maxFiles: number;
}

describe("rotation of Falco's event file, by the script in a real shell", function () {
  this.timeout(60_000);
  let folder: string;
  let eventFile: string;
  let shell: ChildProcess | undefined;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "falco-rotation-"));
    eventFile = path.join(folder, "events.log");
  });

  /** Between renames or in the middle of them: what is on the disk then must be whole. */
  async function stop(): Promise<void> {
    if (shell && shell.exitCode === null && shell.signalCode === null) {
      shell.kill("SIGKILL");
      await once(shell, "exit");
    }
  }

  afterEach(async () => {
    await stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  function start({ maxBytes, maxFiles }: Rotation): ChildProcess {
    const env = {
      EVENT_FILE: eventFile,
      MAX_BYTES: String(maxBytes),
      MAX_FILES: String(maxFiles),
      CHECK_SECONDS: "0.02",
    };
    shell = spawn("sh", [SCRIPT], {
      env: { PATH: process.env["PATH"], ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    return shell;
  }

  /** Oldest first, the file in use last. */
  function files(): string[] {
    const rotated = fs.readdirSync(folder).filter((name) => name !== "events.log");
    const current = fs.existsSync(eventFile) ? ["events.log"] : [];
    return [...rotated.sort(), ...current].map((name) => path.join(folder, name));
  }

  function linesInFiles(): string[] {
    return files().flatMap((file) => fs.readFileSync(file, "utf8").split("\n").slice(0, -1));
  }

  /** As Falco writes with keep_alive: false: open, append one line, close. */
  function append(text: string): void {
    fs.appendFileSync(eventFile, `${text}\n`);
  }

  async function until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + 45_000;
    while (!condition()) {
      assert.ok(Date.now() < deadline, `never came true: ${condition}`);
      await pause(5);
    }
  }

  it("loses, repeats and cuts no line of a writer that runs on", async () => {
    start({ maxBytes: 100_000, maxFiles: 10_000 });
    const padding = "x".repeat(200);
    const line = (n: number) => `{"n":${n},"output":"${padding}"}`;
    let written = 0;
    while (written < 30_000 || files().length < 20) {
      for (let i = 0; i < 100; i++) append(line(written++));
      await breathe();
    }
    await stop();
    const found = linesInFiles();
    assert.equal(found.length, written);
    assert.deepEqual(
      found.findIndex((text, n) => text !== line(n)),
      -1,
      "every line is whole and in its place",
    );
    console.log(`      ${written} lines written, ${found.length} lines in ${files().length} files`);
  });

  it("keeps what a writer adds to a file that it opened before the rename", async () => {
    const writer = fs.openSync(eventFile, "a");
    fs.writeSync(writer, `${"first".repeat(100)}\n`);
    start({ maxBytes: 100, maxFiles: 5 });
    await until(() => files().some((file) => file.endsWith(".00000001")));
    fs.writeSync(writer, "second\n");
    fs.closeSync(writer);
    append("third");
    await stop();
    assert.deepEqual(linesInFiles().slice(1), ["second", "third"]);
  });

  it("keeps the newest files, by number beyond 8 and 9, and says what it removes", async () => {
    const running = start({ maxBytes: 10, maxFiles: 3 });
    let output = "";
    running.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    for (let n = 1; n <= 12; n++) {
      append(`line number ${n}`);
      await until(() => !fs.existsSync(eventFile));
    }
    await until(() => files().length === 3 && output.includes("removed"));
    assert.deepEqual(
      files().map((file) => path.basename(file)),
      ["events.log.00000010", "events.log.00000011", "events.log.00000012"],
    );
    assert.deepEqual(linesInFiles(), ["line number 10", "line number 11", "line number 12"]);
    await until(() => output.includes("removed"));
    assert.match(output, /removed .*events\.log\.00000001: more than 3 rotated files/);
  });

  it("goes on with the next number after a restart, and leaves other files alone", async () => {
    fs.writeFileSync(`${eventFile}.00000041`, "old\n");
    fs.writeFileSync(`${eventFile}.bak`, "not ours\n");
    append("a line of more than ten bytes");
    start({ maxBytes: 10, maxFiles: 1 });
    await until(() => !fs.existsSync(`${eventFile}.00000041`));
    assert.deepEqual(
      files().map((file) => path.basename(file)),
      ["events.log.00000042", "events.log.bak"],
    );
  });

  it("waits for a file that is not there yet, and ends on SIGTERM with 0", async () => {
    const running = start({ maxBytes: 10, maxFiles: 3 });
    append("a line of more than ten bytes");
    await until(() => files().some((file) => file.endsWith(".00000001")));
    running.kill("SIGTERM");
    const [code] = await once(running, "exit");
    assert.equal(code, 0);
  });
});
