import * as fs from "node:fs";
import * as path from "node:path";

/** Files below a folder, relative to the checkout, with `/` between folders. */
export function filesBelow(root: string, folder: string): string[] {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.split(path.sep).includes("node_modules"))
    .sort();
}

/** A file's text without comments: what a program reads of it. */
export function codeOf(root: string, file: string): string {
  const text = fs.readFileSync(path.join(root, file), "utf8");
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}
