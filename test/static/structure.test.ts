import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { FEATURES } from "../../components/registry";

const ROOT = path.join(__dirname, "..", "..");

/** Every TypeScript file below a folder, relative to the repository. */
function files(folder: string): string[] {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.join(folder, file))
    .sort();
}

function imports(file: string): string[] {
  const text = fs.readFileSync(path.join(ROOT, file), "utf8");
  const found = [...text.matchAll(/(?:from|import|require\()\s*"(\.[^"]*)"/g)].map((match) => match[1]!);
  return found.map((target) => path.relative(ROOT, path.resolve(ROOT, path.dirname(file), target)));
}

describe("the structure", () => {
  // Pins and sizing are tables by tool, the registry is the list of tools; nothing else may know them.
  const shared = ["core/config", "core/contract", "core/plan", "kubernetes", "documents", "stack"].flatMap(
    (floor) => files(path.join("components", floor)),
  );

  it("has no feature's name in shared code", () => {
    for (const file of shared) {
      const text = fs.readFileSync(path.join(ROOT, file), "utf8");
      const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
      for (const { name } of FEATURES)
        assert.equal(code.includes(`"${name}"`), false, `${file} names ${name}`);
    }
  });

  it("has no import from shared code into a feature's folder, but the registry's", () => {
    const folders = FEATURES.map((feature) => feature.name);
    for (const file of shared)
      for (const target of imports(file))
        assert.equal(
          folders.some((folder) => target.startsWith(`components/${folder}/`)),
          false,
          `${file} imports ${target}`,
        );
  });

  it("has no import of tools, tests or scenarios into the product, but by the feature that runs scenarios", () => {
    for (const file of files("components"))
      for (const target of imports(file)) {
        const isOwn = file === "components/registry.ts" && target.startsWith("scenarios/feature/");
        assert.ok(isOwn || target.startsWith("components"), `${file} imports ${target}`);
      }
  });

  it("has the sizing table import nothing, for the policy pack", () => {
    assert.deepEqual(imports("components/core/tables/sizing.ts"), []);
  });

  it("reads Pulumi config in one place", () => {
    for (const file of files("components")) {
      if (file === "components/core/config/load.ts") continue;
      const text = fs.readFileSync(path.join(ROOT, file), "utf8");
      assert.equal(/pulumi\.Config\b|allConfig\(|PULUMI_CONFIG/.test(text), false, file);
    }
  });
});
