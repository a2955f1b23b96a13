import * as fs from "node:fs";
import * as path from "node:path";
import { codeOf, filesBelow } from "./source-files";

const CODE = ["components", "policy-pack", "scenarios", "tools", "test"];

/** Files whose name another program fixes, or every folder may have. */
const FIXED_NAMES = [
  "README.md",
  "go.mod",
  "go.sum",
  "main.go",
  "package.json",
  "Pulumi.yaml",
  "index.ts",
  "index.js",
];

/** Folders that are made of subfolders. */
const FLOORS = [
  ...["components", "components/core", "tools", "scenarios", "policy-pack", "test", "test/support"],
];

const MOST_OF_A_NAME = 2;
const MOST_LOOSE = 3;

/**
 * Names that more than two files have, a line each: an editor's "go to file" shows which is which by the folder only.
 * @param root Of the checkout.
 */
export function nameProblems(root: string): string[] {
  const files = CODE.flatMap((folder) => filesBelow(root, folder));
  const names = new Set(
    files.map((file) => path.basename(file)).filter((name) => !FIXED_NAMES.includes(name)),
  );
  return [...names].flatMap((name) => {
    const places = files.filter((file) => path.basename(file) === name);
    return places.length > MOST_OF_A_NAME ? [`${name}: ${places.join(", ")}`] : [];
  });
}

/** Folders with more than three files beside their subfolders, a line each. */
export function looseFileProblems(root: string): string[] {
  return FLOORS.flatMap((folder) => {
    const loose = fs
      .readdirSync(path.join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile());
    return loose.length > MOST_LOOSE ? [`${folder}: ${loose.map(({ name }) => name).join(", ")}`] : [];
  });
}

/** Casts in the contract between the features and the core, a line each: there the compiler is to check, not the author. */
export function castProblems(root: string): string[] {
  return filesBelow(root, "components/core/contract").flatMap((file) =>
    codeOf(root, file)
      .split("\n")
      .filter((line) => /\bas (?!const\b)\w|^\s*declare |<any>|: any\b/.test(withoutTexts(line)))
      .map((line) => `${file}: ${line.trim()}`),
  );
}

function withoutTexts(line: string): string {
  return line.replace(/"[^"]*"|`[^`]*`/g, '""').replace(/^import .*/, "");
}
