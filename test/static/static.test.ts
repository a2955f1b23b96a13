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
});
