import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { castProblems, looseFileProblems, nameProblems } from "../../tools/dev/checks/counts";

const ROOT = path.join(__dirname, "..", "..");
const FOLDERS = ["core/contract", "core/plan", "documents", "kubernetes"].map((name) => `components/${name}`);

/** An otherwise empty checkout with these files. */
function checkoutOf(files: Record<string, string>): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-counts-"));
  for (const folder of [...FOLDERS, "tools", "scenarios", "policy-pack", "test/support"])
    fs.mkdirSync(path.join(root, folder), { recursive: true });
  for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(root, file), text);
  return root;
}

function problemsOf(files: Record<string, string>, check: (root: string) => string[]): string[] {
  const root = checkoutOf(files);
  try {
    return check(root);
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

describe("the counts of the structure", () => {
  it("has at most two files of one name", () => assert.deepEqual(nameProblems(ROOT), []));

  it("tells a third file of a name, but of no name that is fixed", () => {
    const files = ["core/plan", "documents", "kubernetes"].flatMap((folder) =>
      ["pods.ts", "index.ts"].map((name) => [`components/${folder}/${name}`, ""] as const),
    );
    assert.deepEqual(problemsOf(Object.fromEntries(files), nameProblems), [
      "pods.ts: components/core/plan/pods.ts, components/documents/pods.ts, components/kubernetes/pods.ts",
    ]);
  });

  it("has at most three files beside subfolders", () => assert.deepEqual(looseFileProblems(ROOT), []));

  it("tells a fourth", () => {
    const files = Object.fromEntries(["a", "b", "c", "d"].map((name) => [`components/${name}.ts`, ""]));
    assert.deepEqual(problemsOf(files, looseFileProblems), ["components: a.ts, b.ts, c.ts, d.ts"]);
  });

  it("has no cast in the contract", () => assert.deepEqual(castProblems(ROOT), []));

  it("tells a cast there, and no other use of the word", () => {
    const file = "components/core/contract/planted.ts";
    const text = [
      'import * as fs from "node:fs";',
      "// as it is",
      'const words = ["as"] as const;',
      'const text = "as bad as that";',
      "const cast = words as unknown;",
    ].join("\n");
    assert.deepEqual(problemsOf({ [file]: text }, castProblems), [`${file}: const cast = words as unknown;`]);
  });
});
