import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programs } from "../../tools/dev/cluster/control-plane";
import { clusterStatus, startCluster, stopCluster } from "../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { clusterPaths } from "../../tools/dev/cluster/layout";
import { isPortTaken } from "../../tools/dev/cluster/ports";
import { createConfigMap, hasConfigMap, running } from "../support/stack/cluster-starts";

// Faults, and starts at the same time: embedded-lifecycle.all.test.ts.
describe("embedded cluster: start and stop", function () {
  this.timeout(240_000);
  let here: string;

  before(() => {
    here = mkdtempSync(join(tmpdir(), "checkout-a-"));
  });
  afterEach(() => stopCluster("dev", { directory: here, purge: true }));
  after(() => {
    rmSync(checkoutFolder(here), { recursive: true, force: true });
    rmSync(here, { recursive: true });
  });

  const ports = (directory: string) =>
    Object.values(
      JSON.parse(readFileSync(clusterPaths("dev", directory).state, "utf8")).ports as Record<string, number>,
    );

  it("starts in seconds, is reused while it runs, stops without a trace, and keeps its objects and its address", async () => {
    const began = Date.now();
    const first = await startCluster({ directory: here });
    const seconds = (Date.now() - began) / 1000;
    assert.equal(first.reused, false);
    assert.ok(seconds < 60, `took ${seconds} s`);
    assert.deepEqual(new Set(running(here).map(({ name }) => name)), new Set(programs));

    const again = await startCluster({ directory: here });
    assert.equal(again.reused, true);
    assert.equal(again.server, first.server);
    assert.equal((await clusterStatus("dev", here)).state, "running");

    await createConfigMap(first.kubeconfigPath, "kept");
    const used = ports(here);
    assert.deepEqual(await Promise.all(used.map(isPortTaken)), [true, true, true]);
    await first.stop();
    assert.deepEqual(running(here), []);
    assert.deepEqual(await Promise.all(used.map(isPortTaken)), [false, false, false]);
    assert.equal((await clusterStatus("dev", here)).state, "stopped");

    const second = await startCluster({ directory: here });
    assert.equal(second.server, first.server);
    assert.equal(await hasConfigMap(second.kubeconfigPath, "kept"), true);
  });

  it("leaves the user's kubeconfig alone, keeps its own to the owner, and purges data and keys", async () => {
    const users = join(here, "users-kubeconfig");
    writeFileSync(users, "apiVersion: v1\nkind: Config\ncurrent-context: production\n");
    const digest = () => createHash("sha256").update(readFileSync(users)).digest("hex");
    const sum = digest();
    const kept = process.env.KUBECONFIG;
    process.env.KUBECONFIG = users;
    try {
      const cluster = await startCluster({ directory: here });
      assert.equal(digest(), sum);
      assert.equal(process.env.KUBECONFIG, users);
      assert.equal(statSync(cluster.kubeconfigPath).mode & 0o777, 0o600);
      assert.equal(statSync(checkoutFolder(here)).mode & 0o777, 0o700);
      assert.equal(await stopCluster("dev", { directory: here, purge: true }), true);
      assert.equal(existsSync(cluster.folder), false);
      assert.equal(await stopCluster("dev", { directory: here }), false, "a stop of nothing is no error");
      assert.equal(digest(), sum);
    } finally {
      if (kept === undefined) delete process.env.KUBECONFIG;
      else process.env.KUBECONFIG = kept;
    }
  });
});
