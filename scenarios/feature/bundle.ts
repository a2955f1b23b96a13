import * as path from "node:path";
import type * as Esbuild from "esbuild";

const ROOT = path.join(__dirname, "..", "..");

let program: string | undefined;

/** The runner of {@link buildRunner}, built once. */
export function runnerProgram(): string {
  program ??= buildRunner();
  return program;
}

/**
 * The scenarios' runner as one file for a stock Node image: the same sources give the same bytes. It is made when it is
 * planned, and not kept in the repository, since the Kubernetes client library is in it.
 * @throws Error of esbuild where a source is wrong
 */
export function buildRunner(): string {
  // Loaded here: a stack without scenarios does not need it.
  const { buildSync } = require("esbuild") as typeof Esbuild;
  const { outputFiles } = buildSync({
    entryPoints: [path.join(ROOT, "scenarios", "in-cluster", "job-program.ts")],
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    // Else it is larger than the 1 MiB that a ConfigMap holds.
    minify: true,
    charset: "utf8",
    legalComments: "eof",
    // node-fetch 2 takes URL from there only where Node has none (its lib/index.js); a quarter of the whole.
    alias: { "whatwg-url": "node:url" },
    logLevel: "silent",
    write: false,
  });
  return outputFiles[0]!.text;
}
