import { setTimeout as sleep } from "node:timers/promises";
import { KubeApi } from "../../../tools/dev/cluster/api";
import { targetOfKubeconfig } from "../../../tools/dev/cluster/kubeconfig";

interface Claim {
  metadata: { name: string; namespace: string; uid: string };
  spec: {
    storageClassName?: string;
    volumeName?: string;
    accessModes: string[];
    resources: { requests: { storage: string } };
  };
}

interface Volume {
  metadata: { name: string };
  spec: { storageClassName?: string };
  status?: { phase?: string };
}

const CLASS = "gp3";
const VOLUMES = "/api/v1/persistentvolumes";
const INTERVAL_MS = 500;

/**
 * Plays the EBS CSI driver, whose pods are no one's here: a volume for each claim of the default StorageClass, which goes with
 * its claim.
 */
export class EbsDriver {
  private readonly stopping = new AbortController();
  private readonly api: KubeApi;
  private readonly playing: Promise<void>;

  constructor(kubeconfigPath: string) {
    this.api = new KubeApi(targetOfKubeconfig(kubeconfigPath));
    this.playing = this.play();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.playing;
    await this.api.close();
  }

  private async play(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      // The API server may be away for a moment: what waits for the volumes will report it.
      await Promise.allSettled([this.provision(), this.reclaim()]);
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async provision(): Promise<void> {
    const { items } = await this.api.get<{ items: Claim[] }>("/api/v1/persistentvolumeclaims");
    const waiting = items.filter(({ spec }) => spec.storageClassName === CLASS && !spec.volumeName);
    for (const claim of waiting) await this.api.ensure(VOLUMES, volumeOf(claim));
  }

  private async reclaim(): Promise<void> {
    const { items } = await this.api.get<{ items: Volume[] }>(VOLUMES);
    const left = items.filter(
      ({ spec, status }) => spec.storageClassName === CLASS && status?.phase === "Released",
    );
    for (const { metadata } of left) await this.api.delete(`${VOLUMES}/${metadata.name}`);
  }
}

function volumeOf({ metadata: { name, namespace, uid }, spec }: Claim): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `pvc-${uid}` },
    spec: {
      storageClassName: CLASS,
      persistentVolumeReclaimPolicy: "Delete",
      accessModes: spec.accessModes,
      capacity: spec.resources.requests,
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
      hostPath: { path: `/simulated/pvc-${uid}` },
    },
  };
}
