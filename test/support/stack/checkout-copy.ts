import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "./run";

export const ROOT = path.join(__dirname, "..", "..", "..");

/** Copies what is committed, or could be, of this checkout into a folder. */
export async function copyCheckout(folder: string): Promise<void> {
  const listed = await git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard");
  for (const file of listed.split("\n").filter((name) => fs.existsSync(path.join(ROOT, name)))) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.copyFileSync(path.join(ROOT, file), path.join(folder, file));
  }
}

/** @returns what git printed; fails where it does */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("git", args, { cwd });
  assert.equal(code, 0, stderr);
  return stdout.trimEnd();
}
