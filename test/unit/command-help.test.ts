import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(__dirname, "..", "..");
const bootstrap = join(root, "tools", "bootstrap.js");
const { commands } = require(bootstrap) as { commands: Record<string, unknown> };

// Processes, since what is asked is that nothing else happens: a second each when the machine is busy.
describe("--help", function () {
  this.timeout(60_000);
  for (const name of Object.keys(commands)) {
    it(`of ${name} explains it and does nothing`, async () => {
      const started = promisify(execFile)(process.execPath, [bootstrap, name, "--help"], { cwd: root });
      const { stdout, stderr } = await started;
      assert.match(stdout, new RegExp(`^Usage: npm (run )?${name}\\b`, "m"));
      assert.equal(stderr, "");
    });
  }
});
