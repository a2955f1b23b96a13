import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { clusterPaths } from "../../tools/dev/cluster/layout";
import { nodePaths } from "../../tools/dev/node/layout";
import { copyCheckout, ROOT } from "../support/stack/checkout-copy";
import { hostTraces, nodeProcesses } from "../support/stack/host-traces";
import { timed } from "../support/stack/timed";

// As a user does it, in a checkout of its own: the dev stack as it is.
describe("npm start -- --real-node", function () {
  this.timeout(900_000);
  const folder = mkdtempSync(join(tmpdir(), "security-stack-checkout-"));
  const kept = checkoutFolder(folder);
  const traces = () => hostTraces(nodePaths(clusterPaths("dev", folder)));
  const untouched = traces();

  before(async () => {
    await copyCheckout(folder);
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  });
  after(async () => {
    await command("stop", "--purge").ended;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Has its own process group, so that it dies as a terminal does that is closed. */
  function command(...args: string[]) {
    const child: ChildProcess = spawn(process.execPath, [join(folder, "tools", "bootstrap.js"), ...args], {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const listeners: (() => void)[] = [];
    for (const stream of [child.stdout!, child.stderr!])
      stream.on("data", (data: Buffer) => {
        output += data.toString();
        for (const listener of listeners) listener();
      });
    const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
      child.once("close", (code) => resolve({ code, output })),
    );
    const says = (text: string) =>
      new Promise<void>((resolve, reject) => {
        listeners.push(() => output.includes(text) && resolve());
        void ended.then(() => reject(new Error(`it ended without "${text}":\n${output}`)));
      });
    return { ended, says, kill: () => process.kill(-child.pid!, "SIGKILL") };
  }

  it("goes on where a killed one left off, and says what stands in for what", () =>
    timed("killed at its last step, and again to its end", async () => {
      const killed = command("start", "--real-node");
      await killed.says("  simulated: falco");
      killed.kill();
      await killed.ended;
      const { code, output } = await command("start", "--real-node").ended;
      assert.equal(code, 0, output);
      assert.match(output, /stand-in: \S*elasticsearch\S* is /);
      assert.match(output, /real-1 (runs already|joined in)/);
    }));

  it("leaves no process, mount, link, route, rule, cgroup or file behind after npm run stop", () =>
    timed("stop", async () => {
      assert.notDeepEqual(traces().cgroups, untouched.cgroups);
      const { code, output } = await command("stop", "--purge").ended;
      assert.equal(code, 0, output);
      assert.deepEqual(nodeProcesses(folder), []);
      // Looked at first: whoever asks for the folder makes it.
      assert.ok(!existsSync(kept));
      assert.deepEqual(nodeProcesses(kept), []);
      assert.deepEqual(traces(), untouched);
    }));
});
