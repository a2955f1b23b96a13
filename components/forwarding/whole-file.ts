import { randomUUID } from "node:crypto";
import * as fs from "node:fs";

/**
 * Replaces a file by one that is whole, whenever the machine stops and whoever writes it at the same time: what is not whole yet
 * has a name of its own, which ends with `.tmp`.
 */
export function writeWhole(file: string, content: string | Buffer): void {
  const made = `${file}.${randomUUID()}.tmp`;
  const descriptor = fs.openSync(made, "w");
  try {
    fs.writeFileSync(descriptor, content);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(made, file);
}
