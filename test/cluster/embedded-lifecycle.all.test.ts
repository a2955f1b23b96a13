import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programs } from "../../tools/dev/cluster/control-plane";
import { clusterStatus, startCluster, stopCluster } from "../../tools/dev/cluster/embedded-cluster";
import { checkoutFolder } from "../../tools/dev/cluster/folders";
import { clusterPaths } from "../../tools/dev/cluster/layout";
import { signalProcesses } from "../../tools/dev/cluster/processes";
import { waitUntil } from "../../tools/dev/cluster/wait";
import {
  assertRecoversFromKill,
  createConfigMap,
  exitCode,
  hasConfigMap,
  running,
  startElsewhere,
} from "../support/stack/cluster-starts";

describe("embedded cluster: starts that meet, are killed or fail", function () {
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

  for (const program of ["etcd", "kube-apiserver", "kube-controller-manager"] as const)
    it(`recovers from a run that was killed once ${program} was started`, () =>
      assertRecoversFromKill(here, program));

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
});
