import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkout } from "../../tools/dev/cluster/folders";
import { TYPESCRIPT } from "../../tools/dev/typescript";

const loader = (): { compiled(file: string, folder: string): string } => require(TYPESCRIPT);

describe("the loader of TypeScript files", () => {
  let folder: string;
  let kept: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-loader-"));
    kept = path.join(folder, "kept");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, text: string): string => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text);
    return file;
  };
  const copies = (): string[] => fs.readdirSync(kept);

  it("gives the dev stack the plan that TypeScript's own compiler gives it", () => {
    const script = (register: string) => `${register};
      const { FEATURES } = require("./components/registry.ts");
      const { loadFromFile } = require("./components/core/config/load.ts");
      const { parseConfig } = require("./components/core/config/parse.ts");
      const { plan } = require("./components/core/plan/plan.ts");
      console.log(JSON.stringify(plan(parseConfig(loadFromFile("Pulumi.dev.yaml"), FEATURES))));`;
    const compiler = `const ts = require("typescript");
      const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
      require.extensions[".ts"] = (module, file) => {
        const text = require("node:fs").readFileSync(file, "utf8");
        module._compile(ts.transpileModule(text, { compilerOptions }).outputText, file);
      }`;
    const [ours, theirs] = [`require(${JSON.stringify(TYPESCRIPT)})`, compiler].map((register) =>
      execFileSync(process.execPath, ["-e", script(register)], { cwd: checkout, encoding: "utf8" }),
    );
    assert.ok(ours === theirs, "the plans differ");
    assert.match(ours ?? "", /"name":"falco"/);
  });

  it("leaves lines where they are, so that a stack trace names the source's", () => {
    const text =
      "interface Wide {\n  a: string;\n}\nconst b = (one: Wide): string =>\n  one.a;\n\nb(undefined as never);\n";
    const file = write("throws.ts", text);
    const script = `require(${JSON.stringify(TYPESCRIPT)}); require(${JSON.stringify(file)});`;
    const { stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    assert.match(stderr, /throws\.ts:5:7/);
    assert.match(stderr, /throws\.ts:7:1/);
  });

  it("compiles a text once, also of another checkout, and anew when it is another", () => {
    const file = write("one.ts", "export const one: number = 1;\n");
    const first = loader().compiled(file, kept);
    const [copy = ""] = copies();
    const before = fs.statSync(path.join(kept, copy)).ino;
    const same = write("same.ts", "export const one: number = 1;\n");
    for (const again of [file, same]) assert.equal(loader().compiled(again, kept), first);
    assert.deepEqual(copies(), [copy]);
    assert.equal(fs.statSync(path.join(kept, copy)).ino, before);

    write("one.ts", "export const one: number = 2;\n");
    assert.match(loader().compiled(file, kept), /one = 2/);
  });

  it("takes no copy that was made of another text, or was cut off", () => {
    const file = write("one.ts", "export const one: number = 1;\n");
    const right = loader().compiled(file, kept);
    const copy = path.join(kept, copies()[0] ?? "");
    for (const bad of ["", "exports.one = 3;", fs.readFileSync(copy, "utf8").slice(0, -4)]) {
      fs.writeFileSync(copy, bad);
      assert.equal(loader().compiled(file, kept), right);
    }
  });

  it("compiles each time where nothing can be kept", () => {
    const file = write("one.ts", "export const one: number = 1;\n");
    const blocked = write("blocked", "a file where the folder would be");
    assert.match(loader().compiled(file, blocked), /one = 1/);
    assert.equal(fs.readFileSync(blocked, "utf8"), "a file where the folder would be");
  });
});
