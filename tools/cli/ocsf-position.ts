import * as fs from "node:fs";
import * as path from "node:path";
import { type Portion, type Position, parsePosition } from "../../components/forwarding/position";

/**
 * Reads a position; where the file is not there all is still to be read.
 * @throws Error where the file is none of ours: beginning anew would write all documents again
 */
export function readPosition(file: string): Position {
  try {
    return parsePosition(fs.readFileSync(file, "utf8"), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { done: {} };
    throw error;
  }
}

/** Where a portion goes. */
export function portionFile(folder: string, { name }: Portion): string {
  return path.join(folder, `${name}.ndjson`);
}
