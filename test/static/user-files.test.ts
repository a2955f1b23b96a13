import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.join(__dirname, "..", "..");
/** Names kubectl to the user, and starts none. */
const TELLS = ["tools/cli/start.ts"];

describe("the user's files", () => {
  it("get nothing of kubectl: who starts it gives it a cache beside its kubeconfig", () => {
    const starters = ["tools", "test"]
      .flatMap((folder) =>
        fs
          .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
          .map((file) => `${folder}/${file}`),
      )
      .filter((file) => file.endsWith(".ts") && !TELLS.includes(file))
      .map((file) => ({ file, text: fs.readFileSync(path.join(ROOT, file), "utf8") }))
      .filter(({ text }) => /ensureTools\(\[[^\]]*"kubectl"/.test(text));
    assert.ok(starters.length >= 3, `only ${starters.length}`);
    for (const { file, text } of starters) assert.match(text, /\bkubectlAccess\(/, file);
  });
});
