import assert from "node:assert/strict";
import { hostname } from "node:os";
import { KubeConfig } from "@kubernetes/client-node";
import { ClusterApi } from "../../scenarios/cluster/api";
import { RunLock } from "../../scenarios/cluster/lock";
import { RunRefused } from "../../scenarios/cluster/runner-errors";
import { ApiError, type KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { ExecProxy } from "../support/scenarios/scenario-cluster";
import { connect } from "../support/stack/objects";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
const LEASE = `${LEASES}/security-stack-scenarios`;
const OPTIONS = { namespace: "default", seconds: 1 };

interface Lease {
  metadata: { uid: string; resourceVersion: string; annotations?: Record<string, string> };
  spec: { holderIdentity: string; renewTime: string };
}

describe("the lock of a run, on a real API server", function () {
  this.timeout(300_000);
  let cluster: Cluster;
  let kube: KubeApi;
  let proxy: ExecProxy;
  let api: ClusterApi;
  let lost: string[];

  before(async () => {
    cluster = await startCluster({ name: "scenario-lock", ephemeral: true });
    kube = connect(cluster.kubeconfigPath);
    proxy = await ExecProxy.start(cluster.kubeconfigPath);
    const config = new KubeConfig();
    config.loadFromString(proxy.kubeconfig());
    config.setCurrentContext("test");
    api = new ClusterApi(config);
  });
  beforeEach(async () => {
    lost = [];
    proxy.delayMs = () => 0;
    // What a test that failed left.
    if (await isThere()) await kube.delete(LEASE);
  });
  after(async () => {
    await proxy?.stop();
    kube?.close();
    await cluster?.stop();
  });

  const take = () => RunLock.take(api, OPTIONS, (why) => lost.push(why));
  const lease = () => kube.get<Lease>(LEASE);
  const isThere = () =>
    lease().then(
      () => true,
      (error) => {
        if (error instanceof ApiError && error.status === 404) return false;
        throw error;
      },
    );
  /** Until the lease was renewed so many times more, or the lock is lost. */
  const renewals = async (count: number) => {
    const seen = new Set([(await lease()).spec.renewTime]);
    await waitUntil("renewals", async () => {
      seen.add((await lease()).spec.renewTime);
      return seen.size > count || lost.length > 0;
    });
  };

  it("is kept while each answer takes longer than the time between two renewals", async () => {
    let under = 0;
    let most = 0;
    proxy.delayMs = ({ method }) => {
      if (method !== "PUT") return 0;
      under += 1;
      most = Math.max(most, under);
      setTimeout(() => {
        under -= 1;
      }, 700);
      return 700;
    };
    const lock = await take();
    await renewals(4);
    assert.deepEqual(lost, []);
    assert.equal(most, 1, "renewals at the same time");
    await lock.release();
    assert.equal(await isThere(), false);
  });

  it("is kept when somebody else changes the Lease and leaves its holder", async () => {
    const lock = await take();
    const before = await lease();
    await kube.patch(LEASE, { metadata: { annotations: { test: "looked-at" } } });
    await renewals(2);
    assert.deepEqual(lost, []);
    const after = await lease();
    assert.equal(after.metadata.annotations?.["test"], "looked-at");
    assert.equal(after.metadata.uid, before.metadata.uid);
    await lock.release();
    assert.equal(await isThere(), false);
  });

  it("is lost to another holder, whose Lease stays", async () => {
    const lock = await take();
    await kube.patch(LEASE, { spec: { holderIdentity: "elsewhere/1", renewTime: microTime() } });
    await waitUntil("the loss", async () => lost.length > 0);
    assert.deepEqual(lost, ["elsewhere/1 took it over"]);
    await lock.release();
    assert.equal((await lease()).spec.holderIdentity, "elsewhere/1");
    await assert.rejects(take(), /Another run of the scenarios is at work: elsewhere\/1/);
    await kube.delete(LEASE);
  });

  it("is lost when its Lease is deleted, and another of its name stays", async () => {
    const lock = await take();
    await kube.delete(LEASE);
    await kube.create(LEASES, {
      metadata: { name: "security-stack-scenarios" },
      spec: {
        holderIdentity: `${hostname()}/${process.pid}`,
        leaseDurationSeconds: 1,
        renewTime: microTime(),
      },
    });
    await waitUntil("the loss", async () => lost.length > 0);
    await lock.release();
    assert.equal(await isThere(), true);
    await kube.delete(LEASE);
  });

  it("of a killed run is taken over by one of two that want it", async () => {
    await kube.create(LEASES, {
      metadata: { name: "security-stack-scenarios" },
      spec: {
        holderIdentity: "killed/1",
        leaseDurationSeconds: 1,
        renewTime: "2026-01-01T00:00:00.000000Z",
      },
    });
    const taken = await Promise.allSettled([take(), take()]);
    const locks = taken.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    assert.equal(locks.length, 1);
    for (const one of taken) if (one.status === "rejected") assert.ok(one.reason instanceof RunRefused);
    await locks[0]?.release();
    assert.equal(await isThere(), false);
  });

  it("does not take a slow answer for a wrong clock", async () => {
    proxy.delayMs = ({ method }) => (method === "POST" ? 3_000 : 0);
    const lock = await take();
    assert.ok(lock.clockSkewSeconds < 1, `${lock.clockSkewSeconds} s`);
    await lock.release();
  });
});

function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}
