import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { importProblems } from "../../tools/dev/checks/imports";
import { codeOf, filesBelow } from "../../tools/dev/checks/source-files";
import { toolNameProblems } from "../../tools/dev/checks/tool-names";
import { versionProblems } from "../../tools/dev/checks/versions";
import { hashInputs, staleRecords } from "../../tools/dev/test/records";

const ROOT = path.join(__dirname, "..", "..");

/** A copy of the checkout's code, for a fault that is planted in it. */
function copyOfCheckout(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-structure-"));
  for (const name of ["components", "scenarios", "policy-pack", "tools", "test", ".github"])
    fs.cpSync(path.join(ROOT, name), path.join(folder, name), {
      recursive: true,
      filter: (source) => !/node_modules|[/\\](go|golden|bin)$/.test(source),
    });
  for (const name of ["index.ts", "package.json", "tsconfig.json", ".dependency-cruiser.cjs"])
    fs.copyFileSync(path.join(ROOT, name), path.join(folder, name));
  return folder;
}

describe("the structure", function () {
  this.timeout(120_000);
  let copy: string;

  before(() => {
    copy = copyOfCheckout();
  });
  after(() => fs.rmSync(copy, { recursive: true, force: true }));

  /** What a check says of the copy with this text added to a file. */
  async function planted<T>(file: string, text: string, check: (root: string) => T | Promise<T>): Promise<T> {
    const full = path.join(copy, file);
    const before = fs.existsSync(full) ? fs.readFileSync(full, "utf8") : undefined;
    fs.writeFileSync(full, `${before ?? ""}\n${text}\n`);
    try {
      return await check(copy);
    } finally {
      if (before === undefined) fs.rmSync(full);
      else fs.writeFileSync(full, before);
    }
  }

  it("has imports that go down only, and no cycle", async () => {
    assert.deepEqual(await importProblems(ROOT), []);
  });

  it("tells an upward import, that of a sink past the list of sinks, and a cycle", async () => {
    const upward =
      'export { FEATURES } from "../../registry";\nexport { s3 } from "../../pipeline/sinks/s3-sink";';
    const cycle = 'export type { FieldMap } from "./fields";\nexport type { Alert } from "./alerts";';
    const problems = await planted("components/core/plan/plan.ts", upward, () =>
      planted("components/documents/severities.ts", cycle, importProblems),
    );
    for (const found of [
      "core-imports-no-feature: components/core/plan/plan.ts",
      "sinks-are-named-in-their-list: components/core/plan/plan.ts",
      "no-cycle: components/documents/",
    ])
      assert.ok(
        problems.some((problem) => problem.startsWith(found)),
        `${found}: ${problems.join("\n")}`,
      );
  });

  it("has no tool's name outside of the tool's folder and the central tables", () => {
    assert.deepEqual(toolNameProblems(ROOT), []);
  });

  it("tells a tool's name in another's folder", async () => {
    const file = "components/osquery/planted.ts";
    const problems = await planted(file, 'export const other = "falco";', toolNameProblems);
    assert.deepEqual(problems, [`${file} names falco`]);
  });

  it("knows a new tool by its folder", async () => {
    const folder = path.join(copy, "components", "sniffer");
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, "sniffer-feature.ts"), "export const sniffer = 1;\n");
    // Node has read the rules of the copy as it was before.
    delete require.cache[path.join(copy, ".dependency-cruiser.cjs")];
    try {
      const file = "components/osquery/planted.ts";
      const text = 'export { sniffer } from "../sniffer/sniffer-feature";';
      const names = await planted(file, text, toolNameProblems);
      assert.deepEqual(names, [`${file} names sniffer`]);
      const imports = await planted(file, text, () =>
        planted("components/registry.ts", text.replace("../", "./"), importProblems),
      );
      assert.match(imports.join("\n"), /a-feature-imports-no-other: components\/osquery\/planted\.ts/);
      const ofOthers = imports.filter((problem) => !problem.includes(` ${file} `));
      assert.deepEqual(ofOthers, [], "the registry may");
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("has every pinned version once", () => {
    assert.deepEqual(versionProblems(ROOT), []);
  });

  it("tells a second copy of a version", async () => {
    const file = "tools/dev/planted.ts";
    const problems = await planted(file, 'export const version = "v1.7.1";', versionProblems);
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, /^tools\/dev\/planted\.ts has the version 1\.7\.1/);
  });

  it("has a pass on record, of what is there now, for the tests that CI does not run", () => {
    assert.deepEqual(staleRecords(ROOT), []);
  });

  it("tells a record that is stale", async () => {
    const recorded = [{ rung: "planted", inputs: ["components/documents"] }];
    const record = { inputsHash: hashInputs(copy, recorded[0]!.inputs), date: "2026-11-29" };
    fs.mkdirSync(path.join(copy, "test", "records"), { recursive: true });
    fs.writeFileSync(path.join(copy, "test", "records", "planted.json"), JSON.stringify(record));
    assert.deepEqual(staleRecords(copy, recorded), []);
    const problems = await planted("components/documents/severities.ts", "// changed", (root) =>
      staleRecords(root, recorded),
    );
    assert.match(problems[0]!, /planted: components\/documents changed since the pass of 2026-11-29/);
    assert.match(staleRecords(copy, [{ rung: "never", inputs: [] }])[0]!, /no pass on record/);
  });

  it("reads Pulumi config in one place", () => {
    for (const file of filesBelow(ROOT, "components").filter((name) => name.endsWith(".ts"))) {
      if (file === "components/core/config/load.ts") continue;
      assert.equal(/pulumi\.Config\b|allConfig\(|PULUMI_CONFIG/.test(codeOf(ROOT, file)), false, file);
    }
  });

  // A test that starts Node, or another program, takes ten times as long on a machine that is busy.
  it("has no test whose time limit is shorter than a minute", () => {
    const { timeout } = JSON.parse(fs.readFileSync(path.join(ROOT, ".mocharc.json"), "utf8"));
    assert.ok(timeout >= 60_000, `default ${timeout}`);
    const short = filesBelow(ROOT, "test")
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) =>
        [...fs.readFileSync(path.join(ROOT, file), "utf8").matchAll(/\.timeout\(([\d_]+)\)/g)]
          .filter(([, limit = ""]) => Number(limit.replaceAll("_", "")) < 60_000)
          .map(([call]) => `${file}: ${call}`),
      );
    assert.deepEqual(short, []);
  });
});
