import assert from "node:assert/strict";
import * as path from "node:path";
import { run } from "../support/stack/run";

const ROOT = path.join(__dirname, "..", "..");

async function succeeds(bin: string, args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(path.join(ROOT, "node_modules", ".bin", bin), args, {
    cwd: ROOT,
  });
  assert.equal(code, 0, stdout + stderr);
}

describe("the code", () => {
  // The program is run without type checks, so this is the one place where they happen.
  it("has no type errors", () => succeeds("tsc", ["--noEmit", "--project", "."])).timeout(120_000);
  it("has no lint or format findings (else: npm run format)", () => succeeds("biome", ["check", "."]));

  // Biome reads neither Markdown nor YAML, and a merge left markers in the README once.
  it("has no conflict markers", async () => {
    const { stdout, stderr } = await run("git", ["grep", "--untracked", "-nIE", "^(<{7}|>{7}|[|]{7}) "], {
      cwd: ROOT,
    });
    assert.deepEqual([stdout, stderr], ["", ""]);
  });
});
