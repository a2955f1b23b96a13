import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { main } from "../../tools/cli/compliance";
import { ensureTools } from "../../tools/dev/toolchain/ensure";

type Json = Record<string, unknown>;

interface Definition {
  "component-definition": { components: Json[] };
}

// Beside the schema it looks for what a schema can't say, such as one UUID for two parts.
describe("compliance-trestle takes the OSCAL component definition of a stack", function () {
  this.timeout(120_000);
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-trestle-"));
  const project = path.join(work, "project");
  let packages: string;

  before(async () => {
    ({ "compliance-trestle": packages } = await ensureTools(["compliance-trestle"]));
    assert.equal(main(["--stack", "stage", "--out", path.join(work, "out")]), 0);
    fs.mkdirSync(project);
    assert.equal(trestle("init", "--local").status, 0);
  });
  after(() => fs.rmSync(work, { recursive: true }));

  function trestle(...args: string[]): { status: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(
      "python3",
      ["-c", "from trestle.cli import run; run()", ...args],
      {
        // It imports no file of its own project.
        cwd: project,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: work, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1" },
      },
    );
    return { status, output: stdout + stderr };
  }

  function definition(): Definition {
    return JSON.parse(fs.readFileSync(path.join(work, "out", "component-definition.json"), "utf8"));
  }

  function imported(name: string, given: Definition): { status: number | null; output: string } {
    const file = path.join(work, "out", `${name}.json`);
    fs.writeFileSync(file, JSON.stringify(given));
    return trestle("import", "--file", file, "--output", name);
  }

  it("imports it, and finds nothing wrong", () => {
    const { status, output } = imported("stack", definition());
    assert.equal(status, 0, output);
    const validated = trestle("validate", "--type", "component-definition", "--name", "stack");
    assert.equal(validated.status, 0, validated.output);
    assert.match(validated.output, /^VALID/m);
    console.log(`        ${definition()["component-definition"].components.length} components`);
  });

  it("would refuse one UUID for two components, and a component without a type", () => {
    const doubled = definition();
    const [first, second] = doubled["component-definition"].components;
    first!["uuid"] = second!["uuid"];
    const { status, output } = imported("doubled", doubled);
    assert.equal(status, 1);
    assert.match(output, /Duplicate/);
    const untyped = definition();
    delete untyped["component-definition"].components[0]!["type"];
    assert.match(imported("untyped", untyped).output, /Field required/);
  });
});
