import * as path from "node:path";
import type * as Esbuild from "esbuild";

const ROOT = path.join(__dirname, "..", "..");

const programs = new Map<string, string>();

/** The program of {@link buildProgram}, built once for a process. */
export function nodeProgram(source: string, aliases: Readonly<Record<string, string>> = {}): string {
  const key = JSON.stringify([source, aliases]);
  const program = programs.get(key) ?? buildProgram(source, aliases);
  programs.set(key, program);
  return program;
}

/**
 * A program as one file for the stock Node image: the same sources give the same bytes, whatever folder the repository is in.
 * It is made when it is planned, and not kept in the repository.
 * @param source Its entry, from the root of the repository.
 * @param aliases What it takes for some of its modules.
 * @throws Error of esbuild where a source is wrong
 */
export function buildProgram(source: string, aliases: Readonly<Record<string, string>> = {}): string {
  // Loaded here: a stack without such a program does not need it.
  const { buildSync } = require("esbuild") as typeof Esbuild;
  const { outputFiles } = buildSync({
    entryPoints: [path.join(ROOT, source)],
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    // Else a program is larger than the 1 MiB that a ConfigMap holds.
    minify: true,
    charset: "utf8",
    legalComments: "eof",
    alias: { ...aliases },
    logLevel: "silent",
    write: false,
  });
  return outputFiles[0]!.text;
}
