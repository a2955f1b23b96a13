import assert from "node:assert/strict";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { mutatedStackFiles } from "../support/stack/stack-file-mutants";
import { compareReaders } from "../support/stack/stack-file-readers";

const FILES = 1000;
const SEED = 20261129;

describe("the reader of stack files and the Pulumi SDK's own", function () {
  this.timeout(120_000);

  it(`read ${FILES} mutated files the same way`, async () => {
    const { "pulumi-stack-file": program } = await ensureTools(["pulumi-stack-file"]);
    const { counts, differences } = compareReaders(mutatedStackFiles(FILES, SEED), program);
    console.log(
      `      ${FILES} files: ${counts.same} with the same values (${counts.encrypted} of them with encrypted ones), ` +
        `${counts.refused} refused by both, ${counts.stricter} refused by ours only and on purpose, ${counts.different} different`,
    );
    assert.deepEqual(differences, []);
    assert.ok(counts.same >= FILES / 4 && counts.encrypted >= FILES / 10, JSON.stringify(counts));
    assert.ok(counts.stricter <= FILES / 10, JSON.stringify(counts));
  });
});
