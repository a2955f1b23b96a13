import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { Deployment } from "../support/stack/deployment";
import { allObjects, belongsTo, idOf, until } from "../support/stack/objects";
import { run } from "../support/stack/run";

const ROOT = path.join(__dirname, "..", "..");

/** The toy reads no other tool, so that no other is deployed. */
const PIPELINE = [{ name: "otel_pipeline" }];

/** A checkout with one module and one registry entry more; returns its folder and what git says was touched. */
async function checkoutWithToy(): Promise<{ folder: string; touched: string[] }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-toy-"));
  const listed = await run("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
  });
  for (const file of listed.stdout
    .trimEnd()
    .split("\n")
    .filter((name) => fs.existsSync(path.join(ROOT, name)))) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.copyFileSync(path.join(ROOT, file), path.join(folder, file));
  }
  fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  const git = async (...args: string[]) => {
    const { code, stdout, stderr } = await run("git", args, { cwd: folder });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  await git("init", "--quiet");
  await git("add", ".");
  await git(
    "-c",
    "user.name=test",
    "-c",
    "user.email=test@example.com",
    "commit",
    "--quiet",
    "--message",
    "before",
  );
  addToy(folder);
  const status = await git("status", "--porcelain", "--untracked-files=all");
  return {
    folder,
    touched: status
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(3)),
  };
}

function addToy(folder: string): void {
  const module = fs.readFileSync(path.join(ROOT, "test", "support", "toy", "toy-feature.ts"), "utf8");
  fs.mkdirSync(path.join(folder, "components", "toy"));
  fs.writeFileSync(
    path.join(folder, "components", "toy", "feature.ts"),
    module.replace("../../../components/core/contract/feature", "../core/contract/feature"),
  );
  const registry = path.join(folder, "components", "registry.ts");
  const text = fs.readFileSync(registry, "utf8");
  const added = text
    .replace(/= \[/, "= [toyFeature(), ")
    .replace(/^/, 'import { toyFeature } from "./toy/feature";\n');
  assert.notEqual(added, text);
  fs.writeFileSync(registry, added);
}

describe("a tool added by one module and one registry entry", function () {
  this.timeout(300_000);
  let folder: string;
  let touched: string[];
  let deployment: Deployment;
  before(async () => {
    ({ folder, touched } = await checkoutWithToy());
    deployment = await Deployment.start({ name: "test-toy", directory: folder });
  });
  after(async () => {
    await deployment?.stop();
    for (const left of [checkoutFolder(folder), folder]) fs.rmSync(left, { recursive: true, force: true });
  });

  const ofToy = () => allObjects(deployment.api).then((all) => all.filter(belongsTo("toy")).map(idOf));

  it("touches no other file", () => {
    assert.deepEqual(touched.sort(), ["components/registry.ts", "components/toy/feature.ts"]);
  });

  it("is deployed, read by the collector and reported ready", async () => {
    deployment.configure({ features: PIPELINE, toggle: { toy: true } });
    await deployment.run("up");
    const made = await ofToy();
    for (const id of ["ConfigMap security-system/toy", "ClusterRole toy", "DaemonSet security-system/toy"])
      assert.ok(made.includes(id), `${id} is missing in ${made.join(", ")}`);
    assert.equal((await deployment.outputs())["toyReady"], "2/2");
    const configs = (await allObjects(deployment.api)).filter((o) => o.kind === "ConfigMap");
    assert.match(JSON.stringify(configs), /\/var\/log\/security\/toy\/\*\.log/);
  });

  it("leaves nothing when it is toggled off", async () => {
    deployment.configure({ toggle: { toy: false } });
    await deployment.run("up");
    await until("no object of the toy", ofToy, (ids) => ids.length === 0);
    assert.equal((await deployment.outputs())["toyReady"], undefined);
  });
});
