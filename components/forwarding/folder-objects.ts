import * as fs from "node:fs";
import * as path from "node:path";
import type { Objects } from "./ndjson-parts";
import { writeWhole } from "./whole-file";

/** Files below a folder; each is whole once it has its name. */
export class FolderObjects implements Objects {
  constructor(private readonly folder: string) {}

  async put(name: string, content: Buffer): Promise<void> {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    writeWhole(file, content);
  }
}
