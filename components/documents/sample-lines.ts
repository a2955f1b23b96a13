import * as fs from "node:fs";
import * as path from "node:path";

/** Lines for one of a tool's log files. */
export interface SampleLines {
  /** Name of the file in the tool's log folder. */
  file: string;
  lines: readonly string[];
  /** Folder of a pod's container, below that of the pods' logs; else the file is in the tool's log folder. */
  pod?: string;
}

const SUFFIX = ".jsonl";

/** The samples in a folder: a file `<name>.jsonl` has lines for the tool's log file `<name>`. */
export function readSamples(folder: string): SampleLines[] {
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .sort()
    .map((name) => ({
      file: name.slice(0, -SUFFIX.length),
      lines: fs.readFileSync(path.join(folder, name), "utf8").trimEnd().split("\n"),
    }));
}
