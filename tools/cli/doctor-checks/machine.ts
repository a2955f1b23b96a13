import { spawnSync } from "node:child_process";
import { existsSync, statfsSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname } from "node:path";
import { cacheRoot } from "../../dev/cluster/folders";
import { findJavaHome } from "../../dev/toolchain/java";
import { ToolchainError } from "../../dev/toolchain/toolchain-error";
import { type Check, fail, ok, warn } from "./finding";

const GiB = 1024 ** 3;

/** What this machine needs for `npm start` and `npm test`. */
export async function checkMachine(): Promise<Check[]> {
  return [
    checkNode(process.versions.node),
    checkSize(cpus().length, totalmem()),
    checkDisk(),
    checkGo(),
    await javaFinding(findJavaHome()),
  ];
}

export function checkNode(version: string): Check {
  const major = Number(version.split(".")[0]);
  if (major >= 22) return ok("node", `${version}.`);
  return warn("node", `${version} works, but its support has ended.`, "Install Node 22 or 24.");
}

export function checkSize(cores: number, memory: number): Check {
  const size = `${cores} cores, ${(memory / GiB).toFixed(1)} GiB of memory`;
  if (cores >= 2 && memory >= 3.5 * GiB) return ok("size", `${size}.`);
  return warn(
    "size",
    `${size}: the embedded cluster is slow on this.`,
    "2 cores and 4 GiB are enough; close what else runs.",
  );
}

function checkDisk(): Check {
  let folder = cacheRoot();
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  return diskFinding(bavail * bsize, cacheRoot());
}

export function diskFinding(free: number, folder: string): Check {
  const text = `${(free / GiB).toFixed(1)} GiB free for ${folder}`;
  const fix = "Free some space, or set SECURITY_STACK_CACHE to a folder on another disk.";
  if (free < 2 * GiB) return fail("disk", `${text}: too little for the tools.`, fix);
  if (free < 12 * GiB)
    return warn("disk", `${text}: enough for official releases, not for building every tool.`, fix);
  return ok("disk", `${text}.`);
}

function checkGo(): Check {
  return goFinding(firstLine("go", ["version"]));
}

export function goFinding(output: string | undefined): Check {
  const version = /go(\d+)\.(\d+)/.exec(output ?? "");
  const purpose = "it builds the tools whose official release cannot be downloaded";
  if (!version)
    return warn(
      "go",
      `Not found; ${purpose}.`,
      "Install Go 1.21 or later (it fetches the exact version itself).",
    );
  const [, major, minor] = version.map(Number) as [number, number, number];
  if (major > 1 || minor >= 21) return ok("go", `${version[0].slice(2)}.`);
  return warn("go", `${version[0].slice(2)} is too old; ${purpose}.`, "Install Go 1.21 or later.");
}

/** @param home Of the JDK that Elasticsearch would be started with. */
export async function javaFinding(home: Promise<string>): Promise<Check> {
  const purpose = "Elasticsearch in the pipeline tests and in `npm run demo` runs on it";
  try {
    return ok("java", `${await home}.`);
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    return warn("java", `${error.what}; ${purpose}.`, `${error.fix[0]?.toUpperCase()}${error.fix.slice(1)}.`);
  }
}

/** The first line a program prints, wherever it prints it. */
function firstLine(program: string, args: string[]): string | undefined {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", timeout: 10_000 });
  return error ? undefined : `${stdout}${stderr}`.split("\n")[0];
}
