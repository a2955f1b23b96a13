import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeApi } from "../../tools/dev/cluster/api";
import { programs } from "../../tools/dev/cluster/control-plane";
import { clusterStatus, startCluster, stopCluster } from "../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { targetOfKubeconfig } from "../../tools/dev/cluster/kubeconfig";
import { clusterPaths } from "../../tools/dev/cluster/layout";
import { isPortTaken } from "../../tools/dev/cluster/ports";
import { signalProcesses } from "../../tools/dev/cluster/processes";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { assertRecoversFromKill, exitCode, running, startElsewhere } from "../support/stack/cluster-starts";

describe("embedded cluster: start, stop and faults", function () {
  this.timeout(240_000);
  let here: string;
  let other: string;

  before(() => {
    here = mkdtempSync(join(tmpdir(), "checkout-a-"));
    other = mkdtempSync(join(tmpdir(), "checkout-b-"));
  });

  afterEach(async () => {
    for (const directory of [here, other]) await stopCluster("dev", { directory, purge: true });
  });

  after(() => {
    for (const directory of [here, other]) {
      rmSync(checkoutFolder(directory), { recursive: true, force: true });
      rmSync(directory, { recursive: true });
    }
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

  it("two checkouts at once do not disturb each other", async () => {
    const [mine, theirs] = await Promise.all([
      startCluster({ directory: here }),
      startCluster({ directory: other }),
    ]);
    assert.notEqual(mine.server, theirs.server);
    await createConfigMap(mine.kubeconfigPath, "mine");
    assert.equal(await hasConfigMap(theirs.kubeconfigPath, "mine"), false);
    await mine.stop();
    assert.equal((await clusterStatus("dev", other)).state, "running");
    assert.deepEqual(running(here), []);
  });

  it("two starts of one checkout at once give one cluster", async () => {
    const starters = [startElsewhere(here), startElsewhere(here)];
    const codes = await Promise.all(starters.map(exitCode));
    assert.deepEqual(codes, [0, 0]);
    assert.equal(running(here).length, programs.length);
  });

  // Killed earlier and later: embedded-lifecycle.all.test.ts.
  it("recovers from a run that was killed once kube-apiserver was started", () =>
    assertRecoversFromKill(here, "kube-apiserver"));

  it("recovers from a killed etcd and keeps the data", async () => {
    const cluster = await startCluster({ directory: here });
    await createConfigMap(cluster.kubeconfigPath, "kept");
    const etcd = () => running(here).filter(({ name }) => name === "etcd");
    assert.equal(etcd().length, 1);
    signalProcesses(etcd(), "SIGKILL");
    await waitUntil("etcd to end", async () => etcd().length === 0);
    assert.equal((await clusterStatus("dev", here)).state, "unhealthy");
    const again = await startCluster({ directory: here });
    assert.equal(again.reused, false);
    assert.equal(running(here).length, programs.length);
    assert.equal(await hasConfigMap(again.kubeconfigPath, "kept"), true);
  });

  it("says which program failed, with its last lines, and leaves nothing running", async () => {
    await (await startCluster({ directory: here })).stop();
    const paths = clusterPaths("dev", here);
    rmSync(paths.etcdData, { recursive: true });
    writeFileSync(paths.etcdData, "not a folder");
    await assert.rejects(
      startCluster({ directory: here }),
      (error: Error & { where?: string; fix?: string }) => {
        assert.match(error.message, /^etcd ended while the cluster was starting/);
        assert.match(error.message, /not a directory/);
        assert.match(error.where ?? "", /etcd\.log$/);
        assert.match(error.fix ?? "", /--purge/);
        return true;
      },
    );
    assert.deepEqual(running(here), []);
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

const configMaps = "/api/v1/namespaces/default/configmaps";

async function createConfigMap(kubeconfig: string, name: string): Promise<void> {
  const api = new KubeApi(targetOfKubeconfig(kubeconfig));
  await api.create(configMaps, { metadata: { name } });
  api.close();
}

async function hasConfigMap(kubeconfig: string, name: string): Promise<boolean> {
  const api = new KubeApi(targetOfKubeconfig(kubeconfig));
  try {
    await api.get(`${configMaps}/${name}`);
    return true;
  } catch (error) {
    assert.equal((error as { reason?: string }).reason, "NotFound");
    return false;
  } finally {
    api.close();
  }
}
