import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { POLICIES } from "../../policy-pack/pack/all-policies";
import { PAGE } from "../../tools/cli/policy-list";
import { policiesPage, policyRows } from "../../tools/generate/policy-page";

describe("docs/policies.md", () => {
  it("is fresh (else: npm run policy:list -- --write)", () => {
    assert.equal(fs.readFileSync(PAGE, "utf8"), policiesPage());
  });

  it("has every policy with its level in each environment", () => {
    const rows = policyRows();
    assert.equal(rows.length, POLICIES.length);
    const row = rows.find(({ name }) => name === "data-protected");
    assert.deepEqual(row?.levels, ["disabled", "advisory", "mandatory"]);
  });
});

describe("the program's source", () => {
  // Pulumi shows a policy pack everything of a resource but this option. `false` takes back what a chart asked for; what
  // holds data is kept on purpose, and the plan says so.
  const KEEPS_DATA = ["elastic/elastic-resources.ts", "stack/foreign-objects.ts", "stack/security-stack.ts"];

  it("retains nothing that the stack no longer has, but what holds data", () => {
    const folder = path.join(__dirname, "..", "..", "components");
    const files = fs
      .readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"));
    for (const file of [...files, "../index.ts"].filter((name) => !KEEPS_DATA.includes(name)))
      assert.equal(
        /retainOnDelete(?!: false)/.test(fs.readFileSync(path.join(folder, file), "utf8")),
        false,
        file,
      );
  });
});
