import * as fs from "node:fs";

/** Replaces a file by one that is whole, whenever the machine stops. */
export function writeWhole(file: string, content: string | Buffer): void {
  const made = `${file}.tmp`;
  const descriptor = fs.openSync(made, "w");
  try {
    fs.writeFileSync(descriptor, content);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(made, file);
}
