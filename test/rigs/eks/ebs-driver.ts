import { setTimeout as sleep } from "node:timers/promises";
import { KubeApi } from "../../../tools/dev/cluster/api";
import { targetOfKubeconfig } from "../../../tools/dev/cluster/kubeconfig";
import { element, type MotoClient } from "./moto-client";

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
  spec: { storageClassName?: string; claimRef: { uid: string } };
  status?: { phase?: string };
}

interface StorageClass {
  parameters: Record<string, string>;
  reclaimPolicy: string;
}

const CLASS = "gp3";
/** By whom a volume is made and deleted: with another name than this the controllers look for a plugin of their own. */
const PROVISIONED_BY = { "pv.kubernetes.io/provisioned-by": "ebs.csi.aws.com" };
const VOLUMES = "/api/v1/persistentvolumes";
const INTERVAL_MS = 500;

/**
 * Plays the EBS CSI driver, whose pods are no one's here: a volume of EC2 for each claim of the default StorageClass, with the tags
 * that the class asks for (aws-ebs-csi-driver, docs/tagging.md), which goes with its claim as long as the add-on is there.
 */
export class EbsDriver {
  private readonly stopping = new AbortController();
  private readonly api: KubeApi;
  private readonly playing: Promise<void>;
  /** Ids of EC2 by the UIDs of claims. */
  private readonly volumes = new Map<string, string>();

  /** @param isThere whether the cluster has the add-on */
  constructor(
    kubeconfigPath: string,
    private readonly moto: MotoClient,
    private readonly zone: string,
    private readonly isThere: () => boolean,
  ) {
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
      if (this.isThere()) await Promise.allSettled([this.provision(), this.reclaim()]);
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async provision(): Promise<void> {
    const { items } = await this.api.get<{ items: Claim[] }>("/api/v1/persistentvolumeclaims");
    const waiting = items.filter(({ spec }) => spec.storageClassName === CLASS && !spec.volumeName);
    if (waiting.length === 0) return;
    const storage = await this.api.get<StorageClass>(`/apis/storage.k8s.io/v1/storageclasses/${CLASS}`);
    for (const claim of waiting) {
      await this.createVolume(claim, storage);
      await this.api.ensure(VOLUMES, volumeOf(claim, storage));
    }
  }

  private async createVolume({ metadata: { uid } }: Claim, storage: StorageClass): Promise<void> {
    if (this.volumes.has(uid)) return;
    const xml = await this.moto.call("ec2", "CreateVolume", {
      // Not encrypted: moto would make a key for that, which no one deletes.
      ...{ AvailabilityZone: this.zone, Size: "1", VolumeType: "gp3" },
      ...tagsOf(storage),
    });
    this.volumes.set(uid, element(xml, "volumeId"));
  }

  private async reclaim(): Promise<void> {
    const { items } = await this.api.get<{ items: Volume[] }>(VOLUMES);
    const left = items.filter(
      ({ spec, status }) => spec.storageClassName === CLASS && status?.phase === "Released",
    );
    for (const { metadata, spec } of left) {
      const VolumeId = this.volumes.get(spec.claimRef.uid);
      if (VolumeId) await this.moto.call("ec2", "DeleteVolume", { VolumeId });
      this.volumes.delete(spec.claimRef.uid);
      await this.api.delete(`${VOLUMES}/${metadata.name}`);
    }
  }
}

/** As EC2 is asked for them. */
function tagsOf({ parameters }: StorageClass): Record<string, string> {
  const tags = Object.entries(parameters).filter(([name]) => name.startsWith("tagSpecification_"));
  const asked = tags.flatMap(([, tag], index) => {
    const [key = "", value = ""] = tag.split("=");
    const name = `TagSpecification.1.Tag.${index + 1}`;
    return [
      [`${name}.Key`, key],
      [`${name}.Value`, value],
    ];
  });
  return { "TagSpecification.1.ResourceType": "volume", ...Object.fromEntries(asked) };
}

function volumeOf(
  { metadata: { name, namespace, uid }, spec }: Claim,
  { reclaimPolicy }: StorageClass,
): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `pvc-${uid}`, annotations: PROVISIONED_BY },
    spec: {
      storageClassName: CLASS,
      persistentVolumeReclaimPolicy: reclaimPolicy,
      accessModes: spec.accessModes,
      capacity: spec.resources.requests,
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
      hostPath: { path: `/simulated/pvc-${uid}` },
    },
  };
}
