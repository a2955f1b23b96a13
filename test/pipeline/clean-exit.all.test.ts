import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BOOTSTRAP = join(__dirname, "..", "..", "tools", "bootstrap.js");

describe("npm run demo, interrupted", function () {
  this.timeout(180_000);

  it("leaves no process and no file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "security-stack-exit-"));
    chmodSync(folder, 0o755);
    try {
      const demo = spawn(process.execPath, [BOOTSTRAP, "demo"], {
        env: { ...process.env, TMPDIR: folder },
        stdio: ["ignore", "ignore", "pipe"],
      });
      const ended = once(demo, "exit");
      await waitForText(demo.stderr, "sensors write");
      assert.ok(processesWith(folder).length >= 3, "Elasticsearch and two collectors run");
      demo.kill("SIGTERM");
      await ended;
      assert.deepEqual(await remaining(folder), []);
      const files = readdirSync(folder).filter((name) => name.startsWith("security-stack-"));
      assert.deepEqual(files, []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Resolves once the text was written; rejects where the stream ends without it. */
async function waitForText(stream: NodeJS.ReadableStream, text: string): Promise<void> {
  let all = "";
  for await (const chunk of stream) {
    all += String(chunk);
    if (all.includes(text)) return;
  }
  throw new Error(`it ended without saying "${text}":\n${all}`);
}

/** What is still there once those that were killed are gone. */
async function remaining(folder: string): Promise<string[]> {
  for (let look = 0; look < 50 && processesWith(folder).length > 0; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return processesWith(folder);
}

/** Command lines that name the folder. */
function processesWith(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(commandLine)
    .filter((command) => command.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    // It has ended since.
    return "";
  }
}
