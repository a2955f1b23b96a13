import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { POLICIES } from "../../policy-pack/pack/all-policies";

/** What the tests of every policy must hold: resources that pass, some that fail, and some with unknown values. */
const REQUIRED = {
  passes: /\bpasses\(\s*policy\b/,
  fails: /\bfails\(\s*policy\b/,
  "unknown values": /\bisNotChecked\(\s*policy\b|\bUNKNOWN\b[\s\S]*not checked/,
};

describe("the unit tests of the policies", () => {
  const blocks = new Map(
    fs
      .readdirSync(__dirname)
      .filter((file) => /^policy-.*\.test\.ts$/.test(file))
      .flatMap((file) =>
        fs
          .readFileSync(path.join(__dirname, file), "utf8")
          .split(/^describe\("policy /m)
          .slice(1),
      )
      .map((block) => [block.slice(0, block.indexOf('"')), block] as const),
  );

  it("are for policies that there are", () => {
    assert.deepEqual([...blocks.keys()].sort(), POLICIES.map(({ name }) => name).sort());
  });

  for (const { name } of POLICIES)
    it(`have ${name} pass, fail and meet unknown values`, () => {
      const block = blocks.get(name) ?? "";
      const missing = Object.entries(REQUIRED).filter(([, pattern]) => !pattern.test(block));
      assert.deepEqual(
        missing.map(([what]) => what),
        [],
      );
    });
});
