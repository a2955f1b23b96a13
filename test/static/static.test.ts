import assert from "node:assert/strict";
import * as path from "node:path";
import { execa } from "execa";

const ROOT = path.join(__dirname, "..", "..");

async function run(bin: string, args: string[]): Promise<void> {
  const file = path.join(ROOT, "node_modules", ".bin", bin);
  const result = await execa(file, args, { cwd: ROOT, all: true, reject: false });
  assert.equal(result.exitCode, 0, result.all);
}

describe("the code", () => {
  // The program is run without type checks, so this is the one place where they happen.
  it("has no type errors", () => run("tsc", ["--noEmit", "--project", "."])).timeout(120_000);
  it("has no lint or format findings (else: npm run format)", () => run("biome", ["check", "."])).timeout(
    30_000,
  );
});
