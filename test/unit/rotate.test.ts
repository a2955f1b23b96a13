import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { copyCheckout, ROOT } from "../support/stack/checkout-copy";
import { run } from "../support/stack/run";

describe("npm run rotate", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "security-stack-rotate-"));
  const stackFile = () => readFileSync(join(folder, "Pulumi.dev.yaml"), "utf8");
  const rotate = (...args: string[]) =>
    run(process.execPath, [join(folder, "tools", "bootstrap.js"), "rotate", ...args], { cwd: folder });

  before(async () => {
    await copyCheckout(folder);
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  });
  after(() => {
    for (const left of [checkoutFolder(folder), folder]) rmSync(left, { recursive: true, force: true });
  });

  it("raises the generation in the file of a stack, and names the next command", async () => {
    const { code, stdout, stderr } = await rotate("--stack", "dev");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Generation 2 in .*Pulumi\.dev\.yaml\. Next: `npm run up -- --stack dev`\.$/m);
    assert.match(stackFile(), /generation: 2/);
  });

  // Its next update would make no new key, since that of the embedded cluster makes none at all.
  it("refuses the dev stack on the embedded cluster, and changes nothing", async () => {
    const before = stackFile();
    const { code, stderr } = await rotate();
    assert.equal(code, 1, stderr);
    assert.match(stderr, /makes no keys for stack dev on the embedded cluster/);
    assert.match(stderr, /--stack/);
    assert.equal(stackFile(), before);
  });
});
