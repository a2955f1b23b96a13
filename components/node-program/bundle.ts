import * as path from "node:path";
import type * as Esbuild from "esbuild";

const ROOT = path.join(__dirname, "..", "..");

const programs = new Map<string, string>();

/** What is bundled: a file from the root of the repository, or the text of one that would be there. */
export type ProgramSource = string | { text: string };

/** The program of {@link buildProgram}, built once for a process. */
export function nodeProgram(source: ProgramSource, aliases: Readonly<Record<string, string>> = {}): string {
  const key = JSON.stringify([source, aliases]);
  const program = programs.get(key) ?? buildProgram(source, aliases);
  programs.set(key, program);
  return program;
}

/**
 * A program as one file for the stock Node image: the same sources give the same bytes, whatever folder the repository is in.
 * It is made when it is planned, and not kept in the repository.
 * @param source Its entry.
 * @param aliases What it takes for some of its modules.
 * @throws Error of esbuild where a source is wrong
 */
export function buildProgram(source: ProgramSource, aliases: Readonly<Record<string, string>> = {}): string {
  // Loaded here: a stack without such a program does not need it.
  const { buildSync } = require("esbuild") as typeof Esbuild;
  const entry =
    typeof source === "string"
      ? { entryPoints: [path.join(ROOT, source)] }
      : {
          stdin: {
            contents: source.text,
            resolveDir: ROOT,
            sourcefile: "program.ts",
            loader: "ts" as const,
          },
        };
  const { outputFiles } = buildSync({
    ...entry,
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
