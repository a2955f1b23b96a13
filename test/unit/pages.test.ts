import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { RECORDED } from "../../tools/dev/test/records";
import { RUNGS } from "../../tools/dev/test/rungs";
import { BLOCKS } from "../support/documented-blocks";
import { blockOf, pages, ROOT, runsOf, shellBlocks, textOf } from "../support/pages";

const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
const RUNG_NAMES = RUNGS.map(({ name }) => name);

/** Folders of the checkout that pages name in code. */
const IN_CHECKOUT =
  /`((?:components|docs|index\.ts|policy-pack|scenarios|sdks|test|tools|\.github)(?:\/[\w.@-]+)*\/?)`/g;

/** What a page says of files that are written by a command or a user. */
const WRITTEN = ["test/records"];

describe("the pages", () => {
  for (const page of pages()) {
    const text = textOf(page);

    it(`${page} names npm scripts that are there`, () => {
      const missing = runsOf(text).filter(({ script }) => !(script in scripts));
      assert.deepEqual(missing, []);
    });

    it(`${page} names rungs that there are, and texts of their titles`, () => {
      for (const { script, words, grep } of runsOf(text)) {
        if (script !== "test" && !script.startsWith("test:")) continue;
        const rungs = script === "test" ? words : [script.slice("test:".length)];
        assert.deepEqual(
          rungs.filter((rung) => !RUNG_NAMES.includes(rung)),
          [],
        );
        if (grep !== undefined)
          assert.ok(
            rungs.some((rung) => hasTitle(rung, grep)),
            `${rungs} ${grep}`,
          );
      }
    });

    it(`${page} has each block of commands run to its end by a test, or says why not`, () => {
      for (const { text: block } of shellBlocks(page)) {
        const [row, ...others] = BLOCKS.filter((one) => one.page === page && block.includes(one.part));
        assert.ok(
          row && others.length === 0,
          `${others.length + (row ? 1 : 0)} rows in BLOCKS for\n${block}`,
        );
        if (row.test === undefined) assert.ok(row.not, row.part);
        else assert.ok(namesIt(textOf(path.join("test", row.test)), page, block), `${row.test}: ${row.part}`);
      }
      for (const { part } of BLOCKS.filter((one) => one.page === page)) blockOf(page, part);
    });

    it(`${page} links to files that are there`, () => {
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) => link!);
      const missing = links.filter((link) => !fs.existsSync(path.join(ROOT, path.dirname(page), link)));
      assert.deepEqual(missing, []);
    });

    it(`${page} names files and folders that are there`, () => {
      const named = [...text.matchAll(IN_CHECKOUT)].map(([, name]) => name!);
      const missing = named.filter(
        (name) => !WRITTEN.includes(name) && !fs.existsSync(path.join(ROOT, name)),
      );
      assert.deepEqual(missing, []);
    });
  }

  it("CONTRIBUTING.md has every rung of the ladder in its order, and every folder of components", () => {
    const text = textOf("CONTRIBUTING.md");
    const ladder = text.slice(text.indexOf("## The test ladder"), text.indexOf("## Rules"));
    assert.deepEqual(
      [...ladder.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name),
      RUNG_NAMES,
    );
    const folders = fs
      .readdirSync(path.join(ROOT, "components"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `\`components/${name}\``);
    assert.deepEqual(
      folders.filter((name) => !text.includes(name)),
      [],
    );
  });

  it("CONTRIBUTING.md has every long test, and its record covers it", () => {
    const text = textOf("CONTRIBUTING.md");
    const hasLongTest = (file: string) =>
      /\blongTest\b/.test(fs.readFileSync(path.join(ROOT, "test", file), "utf8"));
    const long = fs
      .readdirSync(path.join(ROOT, "test"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts") && !file.startsWith("unit/"))
      .filter((file) => file.endsWith(".all.test.ts") || hasLongTest(file));
    assert.ok(long.length > 0);
    for (const file of long) {
      const name = file.replace(/(\.all)?\.test\.ts$/, "");
      assert.ok(text.includes(`| \`${name}\` |`), `${file} is not in the table`);
      const inputs = RECORDED.find(({ rung }) => file.startsWith(`${rung}/`))?.inputs ?? [];
      assert.ok(
        inputs.some((input) => `test/${file}`.startsWith(input)),
        `${file} is no input of a record`,
      );
    }
  });
});

/** Whether a test takes the block from its page, or runs its script. */
function namesIt(test: string, page: string, block: string): boolean {
  return (
    test.includes(`"${page}"`) ||
    runsOf(`\`\`\`sh\n${block}\`\`\``).some(({ script }) => test.includes(`"${script}"`))
  );
}

/** Whether a test of the rung has the text in its title, as far as titles are written out. */
function hasTitle(rung: string, text: string): boolean {
  const folder = path.join(ROOT, "test", rung);
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .flatMap((file) => fs.readFileSync(path.join(folder, file), "utf8").split("\n"))
    .some((line) => /\b(describe|it)\(|^\s*[`"]/.test(line) && line.includes(text));
}
