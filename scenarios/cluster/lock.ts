import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type KubernetesObject, V1MicroTime } from "@kubernetes/client-node";
import { type ClusterApi, messageOf, statusOf } from "./api";
import { LEASE } from "./rights";
import { RunRefused } from "./runner-errors";

interface Lease extends KubernetesObject {
  metadata: {
    name: string;
    namespace: string;
    uid?: string;
    resourceVersion?: string;
    creationTimestamp?: Date;
  };
  spec: { holderIdentity: string; leaseDurationSeconds: number; acquireTime: Date; renewTime: Date };
}

export interface LockOptions {
  namespace: string;
  /** A holder that has not renewed for this many seconds is gone. */
  seconds: number;
}

/** The one run at a time of a cluster: a Lease that is renewed for as long as the run goes on. */
export class RunLock {
  private readonly stop = new AbortController();
  private renewing: Promise<void> = Promise.resolve();
  private isLost = false;

  private constructor(
    private readonly api: ClusterApi,
    private lease: Lease,
    /** How far this machine's clock is at least from the API server's, in seconds. */
    readonly clockSkewSeconds: number,
  ) {}

  /**
   * Takes the lock and renews it until {@link release}.
   * @param onLost is called once, when another run has taken the lock or the Lease was deleted
   * @throws RunRefused while another run holds it
   */
  static async take(api: ClusterApi, options: LockOptions, onLost: (why: string) => void): Promise<RunLock> {
    const wanted = leaseOf(options);
    const found = await api.read<Lease>(wanted);
    if (found) await removeIfStale(api, found);
    const asked = Date.now();
    const lease = await createOrRefuse(api, wanted);
    const lock = new RunLock(api, lease, clockSkew(lease, asked, Date.now()));
    lock.renewing = lock.keep(options, onLost);
    return lock;
  }

  /** Gives the lock back. One that was lost is another run's by now, and stays. */
  async release(): Promise<void> {
    this.stop.abort();
    await this.renewing;
    if (!this.isLost) await remove(this.api, this.lease);
  }

  /** One renewal after the other, however long the API server takes: two at once would be each other's conflict. */
  private async keep({ seconds }: LockOptions, onLost: (why: string) => void): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted) {
      await sleep(seconds * 300, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.renew();
      } catch (error) {
        // An API server that does not answer for a moment is asked again.
        if (!(error instanceof LockLost)) continue;
        this.isLost = true;
        return onLost(error.message);
      }
    }
  }

  /**
   * A conflict alone is no loss: an answer that never arrived, or an annotation that somebody put on the Lease, changes
   * its version too.
   */
  private async renew(): Promise<void> {
    try {
      this.lease = await this.api.replace(renewed(this.lease));
    } catch (error) {
      const status = statusOf(error);
      if (status === 404) throw new LockLost(messageOf(error));
      if (status !== 409) throw error;
      this.lease = await this.api.replace(renewed(await this.readOwn()));
    }
  }

  private async readOwn(): Promise<Lease> {
    const found = await this.api.read<Lease>(this.lease);
    const { metadata, spec } = this.lease;
    if (!found) throw new LockLost("its Lease was deleted");
    if (found.metadata.uid !== metadata.uid || found.spec.holderIdentity !== spec.holderIdentity)
      throw new LockLost(`${found.spec.holderIdentity} took it over`);
    return found;
  }
}

class LockLost extends Error {}

function leaseOf({ namespace, seconds }: LockOptions): Lease {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: LEASE, namespace },
    spec: {
      holderIdentity: `${hostname()}/${process.pid}`,
      leaseDurationSeconds: seconds,
      acquireTime: new V1MicroTime(),
      renewTime: new V1MicroTime(),
    },
  };
}

function renewed(lease: Lease): Lease {
  return { ...lease, spec: { ...lease.spec, renewTime: new V1MicroTime() } };
}

/** Seconds between the Lease's time of creation and the request's own span: a slow answer is no wrong clock. */
function clockSkew({ metadata }: Lease, asked: number, answered: number): number {
  const created = new Date(metadata.creationTimestamp ?? asked).getTime();
  // The server gives whole seconds.
  return Math.max(0, asked - (created + 1000), created - answered) / 1000;
}

async function createOrRefuse(api: ClusterApi, lease: Lease): Promise<Lease> {
  try {
    return await api.create(lease);
  } catch (error) {
    if (statusOf(error) === 409) throw refusal("Another run of the scenarios started at the same moment.");
    throw error;
  }
}

/** The lease of a run that was killed goes; only as it was read, so that two runs can't both remove it. */
async function removeIfStale(api: ClusterApi, lease: Lease): Promise<void> {
  const { holderIdentity, renewTime, leaseDurationSeconds } = lease.spec;
  const silent = (Date.now() - new Date(renewTime).getTime()) / 1000;
  if (silent <= leaseDurationSeconds)
    throw refusal(
      `Another run of the scenarios is at work: ${holderIdentity}, last heard of ${silent.toFixed(0)} s ago.`,
    );
  const spec = { ...lease.spec, holderIdentity: `${hostname()}/${process.pid} (taking over)` };
  try {
    await api.replace(renewed({ ...lease, spec }));
  } catch (error) {
    // Gone means that its run ended after all.
    if (statusOf(error) === 404) return;
    if (statusOf(error) === 409)
      throw refusal(`Another run of the scenarios is at work: ${holderIdentity}, or one that takes it over.`);
    throw error;
  }
  await remove(api, lease);
}

/** Deletes this very Lease: one of the same name that another run made since stays. */
async function remove(api: ClusterApi, lease: Lease): Promise<void> {
  try {
    await api.delete(lease, lease.metadata.uid);
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
  }
}

function refusal(message: string): RunRefused {
  return new RunRefused(
    message,
    "Wait until it is over. What a killed run leaves is taken over after a moment.",
  );
}
