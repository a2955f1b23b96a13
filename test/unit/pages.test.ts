import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.join(__dirname, "..", "..");
const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

function pages(folder: string): string[] {
  const entries = fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true });
  return entries
    .filter(({ name }) => !["node_modules", ".git", "reports", "rendered"].includes(name))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) return pages(file);
      return entry.name.endsWith(".md") ? [file] : [];
    });
}

describe("the pages", () => {
  for (const page of pages(".")) {
    const text = fs.readFileSync(path.join(ROOT, page), "utf8");

    it(`${page} names npm scripts that are there`, () => {
      const named = [...text.matchAll(/npm run ((?:[a-z]+:)*[a-z]+(?: test:[a-z]+)*)/g)];
      const names = named.flatMap(([, words]) => words!.split(" "));
      assert.deepEqual(
        names.filter((name) => !(name in scripts)),
        [],
      );
    });

    it(`${page} links to files that are there`, () => {
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) => link!);
      const missing = links.filter((link) => !fs.existsSync(path.join(ROOT, path.dirname(page), link)));
      assert.deepEqual(missing, []);
    });
  }
});
