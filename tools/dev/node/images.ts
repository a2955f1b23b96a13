import { imageReference, type PinnedImage } from "../../../components/core/tables/pins";

/** Images of the node itself, beside those that the stack pins (components/pins.ts). */
export const NODE_PINS = {
  pause: {
    registry: "registry.k8s.io",
    repository: "pause",
    tag: "3.10.1",
    why: "what kubeadm 1.35 names as the sandbox",
  },
  dns: {
    registry: "registry.k8s.io",
    repository: "coredns/coredns",
    tag: "v1.12.4",
    why: "the version that the toolchain builds",
  },
} as const satisfies Record<string, PinnedImage>;

export const NODE_IMAGES = { pause: imageReference(NODE_PINS.pause), dns: imageReference(NODE_PINS.dns) };

/** A reference in its parts: `registry/repository:tag[@digest]`. */
export interface ImageName {
  registry: string;
  repository: string;
  tag: string;
  /** The reference without the digest. */
  tagged: string;
  /** The reference by which the container runtime looks for it, where it has a digest: without the tag. */
  digested?: string;
}

/** @throws Error for anything that is not such a reference: ours all are */
export function parseReference(reference: string): ImageName {
  const [, registry, repository, tag, digest] =
    /^([^/]+)\/([^:@]+):([^@/]+)(?:@(sha256:[0-9a-f]{64}))?$/.exec(reference) ?? [];
  if (!registry || !repository || !tag) throw new Error(`not a full image reference: ${reference}`);
  const name = `${registry}/${repository}`;
  return {
    registry,
    repository,
    tag,
    tagged: `${name}:${tag}`,
    ...(digest && { digested: `${name}@${digest}` }),
  };
}

/** Whether a reference names a pinned image, from its own registry or a mirror. */
export function isImage(reference: string, { repository, tag }: PinnedImage): boolean {
  const name = parseReference(reference);
  return name.tag === tag && (name.repository === repository || name.repository.endsWith(`/${repository}`));
}
