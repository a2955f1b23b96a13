import { hostname } from "node:os";
import { type KubernetesObject, V1MicroTime } from "@kubernetes/client-node";
import { type ClusterApi, messageOf, statusOf } from "./api";
import { LEASE } from "./rights";
import { RunRefused } from "./runner-errors";

interface Lease extends KubernetesObject {
  metadata: { name: string; namespace: string; resourceVersion?: string; creationTimestamp?: Date };
  spec: { holderIdentity: string; leaseDurationSeconds: number; acquireTime: Date; renewTime: Date };
}

export interface LockOptions {
  namespace: string;
  /** A holder that has not renewed for so long is gone. */
  seconds: number;
}

/** The one run at a time of a cluster: a Lease that is renewed while it goes on. */
export class RunLock {
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly api: ClusterApi,
    private lease: Lease,
    /** How far this machine's clock is from the API server's, in seconds. */
    readonly clockSkewSeconds: number,
  ) {}

  /** @throws RunRefused while another run holds it */
  static async take(api: ClusterApi, options: LockOptions, onLost: (why: string) => void): Promise<RunLock> {
    const wanted = leaseOf(options);
    const found = await api.read<Lease>(wanted);
    if (found) await removeIfStale(api, found);
    const asked = Date.now();
    const lease = await createOrRefuse(api, wanted);
    const created = new Date(lease.metadata.creationTimestamp ?? asked).getTime();
    // The server gives whole seconds.
    const skew = Math.abs(created + 500 - (asked + Date.now()) / 2) / 1000;
    const lock = new RunLock(api, lease, skew);
    lock.keep(options, onLost);
    return lock;
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
    await this.api.delete(this.lease);
  }

  private keep({ seconds }: LockOptions, onLost: (why: string) => void): void {
    this.timer = setInterval(() => {
      this.renewing = this.renew().catch((error) => {
        // An API server that is away for a moment is tried again; a lease that another run took is lost.
        if (statusOf(error) !== 409 && statusOf(error) !== 404) return;
        clearInterval(this.timer);
        onLost(messageOf(error));
      });
    }, seconds * 300);
    this.timer.unref();
  }

  private async renew(): Promise<void> {
    const spec = { ...this.lease.spec, renewTime: new V1MicroTime() };
    this.lease = await this.api.replace({ ...this.lease, spec });
  }
}

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
  await api.replace({
    ...lease,
    spec: { ...lease.spec, holderIdentity: leaseOwner(), renewTime: new V1MicroTime() },
  });
  await api.delete(lease);
}

function leaseOwner(): string {
  return `${hostname()}/${process.pid} (taking over)`;
}

function refusal(message: string): RunRefused {
  return new RunRefused(
    message,
    "Wait until it is over. What a killed run leaves is taken over after a moment.",
  );
}
