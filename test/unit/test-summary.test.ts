import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { sum, summary, type Totals } from "../../tools/dev/test/totals";

const ROOT = path.join(__dirname, "..", "..");
const MOCHA = path.join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
const REPORTER = path.join(ROOT, "tools", "dev", "test", "reporter.js");

const FILES = {
  "a.test.js": `
    describe("a server", () => {
      it("answers", () => {});
      it("says why it does not", () => { throw new Error("port 9200 is taken\\nby another"); });
    });`,
  "b.test.js": `
    describe("a store", () => {
      before(() => { throw new Error("is away"); });
      it("is never asked", () => {});
    });`,
};

describe("the summary of npm test", () => {
  for (const parallel of [[], ["--parallel", "--jobs", "2"]])
    it(`names what failed, and its file${parallel.length ? ", where files run at the same time" : ""}`, () => {
      const totals = run(parallel);
      assert.equal(totals.passes, 1);
      assert.equal(totals.failures, 2);
      const text = summary(totals);
      assert.match(
        text,
        /failed:.* a server says why it does not\n {2}in a\.test\.js\n {4}port 9200 is taken/,
      );
      assert.match(text, /a store "before all" hook .*\n {2}in b\.test\.js\n {4}is away/);
      assert.ok(text.endsWith("\n\n1 passed, 2 failed"));
    });

  it("has all rungs, and the count on a line of its own", () => {
    const good = { passes: 2, failures: 0, pending: 0, failed: [] };
    const bad = { passes: 1, failures: 1, pending: 1, failed: [{ title: "x", message: "y" }] };
    const lines = summary(sum([good, bad])).split("\n");
    assert.equal(lines.at(-1), "3 passed, 1 failed, 1 skipped (long tests: --all runs them)");
    assert.equal(summary(sum([good, good])), "4 passed, 0 failed");
  });

  it("shortens a long message, and says so", () => {
    const message = Array.from({ length: 30 }, (_, line) => `line ${line} ${"x".repeat(5000)}`).join("\n");
    const text = summary({ passes: 0, failures: 1, pending: 0, failed: [{ title: "long", message }] });
    assert.ok(text.length < 6000);
    assert.match(text, /18 lines more, see above/);
  });
});

function run(args: readonly string[]): Totals {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-summary-"));
  try {
    for (const [name, text] of Object.entries(FILES)) fs.writeFileSync(path.join(folder, name), text);
    const stats = path.join(folder, "stats.json");
    spawnSync(process.execPath, [MOCHA, "--reporter", REPORTER, ...args, "*.test.js"], {
      cwd: folder,
      env: { ...process.env, SECURITY_STACK_TEST_STATS: stats },
    });
    return JSON.parse(fs.readFileSync(stats, "utf8")) as Totals;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
