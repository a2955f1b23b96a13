import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiError } from "../../tools/dev/cluster/api";
import { LocalStack } from "../../tools/dev/engine/local-stack";
import { TinyProject } from "../support/stack/tiny-project";

// How it goes on after faults: embedded-engine.all.test.ts.
describe("engine on the embedded cluster", function () {
  this.timeout(300_000);
  let project: TinyProject;
  let decoyHome: string;

  before(async () => {
    decoyHome = mkdtempSync(join(tmpdir(), "home-"));
    mkdirSync(join(decoyHome, ".pulumi"));
    writeFileSync(join(decoyHome, ".pulumi", "credentials.json"), '{"current":"https://users.invalid"}');
    project = await TinyProject.start({ HOME: decoyHome });
  });
  after(async () => {
    await project?.remove();
    rmSync(decoyHome, { recursive: true });
  });

  it("brings a stack up for real, leaving project and home as they were", async () => {
    const before = snapshot(project.folder);
    const homeBefore = snapshot(decoyHome);
    const output = await project.succeed("up");
    assert.doesNotMatch(output, /warning/i);
    assert.deepEqual(await project.stack.outputs(), { ready: "2/2", greeting: "hello" });
    assert.equal(await project.numberReady(), 2);
    assert.deepEqual(snapshot(project.folder), before);
    assert.deepEqual(snapshot(decoyHome), homeBefore);
  });

  it("changes nothing the second time", async () => {
    await project.succeed("up", ["--expect-no-changes"]);
  });

  it("ignores a login, a backend and a stack that the user's environment names", async () => {
    const decoys = {
      PULUMI_BACKEND_URL: "https://users.invalid",
      PULUMI_STACK: "prod",
      PULUMI_CONFIG_PASSPHRASE: "users",
      PULUMI_ACCESS_TOKEN: "x",
    };
    Object.assign(process.env, decoys);
    try {
      const { kubeconfigPath } = project.cluster;
      const other = new LocalStack({ directory: project.folder, kubeconfigPath });
      const { code, stderr } = await other.run("preview", ["--expect-no-changes"], true);
      assert.equal(code, 0, stderr);
    } finally {
      for (const name of Object.keys(decoys)) delete process.env[name];
    }
  });

  it("refuses an encrypted secret of another stack before anything runs", async () => {
    const file = join(project.folder, "Pulumi.dev.yaml");
    const kept = readFileSync(file, "utf8");
    writeFileSync(file, `${kept}  tiny:password: { secure: v1:abc }\n`);
    await assert.rejects(project.run("up"), /holds an encrypted secret/);
    writeFileSync(file, kept);
  });

  it("destroys all that it made", async () => {
    await project.succeed("destroy");
    await assert.rejects(project.api.get("/api/v1/namespaces/tiny"), isNotFound);
    assert.equal((await project.stack.state()).deployment.resources?.length ?? 0, 0);
  });
});

function isNotFound(error: ApiError): boolean {
  return error.status === 404;
}

/** Every file below a folder with its text, but for node_modules. */
function snapshot(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((file) => [file, readFileSync(file, "utf8")]));
}
