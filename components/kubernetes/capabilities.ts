/**
 * What one part of the stack can bring to the cluster and another can need before it. A part that names one in `after` is
 * made once all that provide it are ready, and deleted before they are; all else is made at the same time.
 */
export const CAPABILITIES = [
  /** Kinds of custom resources. */
  "crds",
  /** The network of pods. */
  "cni",
  /** Webhooks or policies that judge objects when they are made. */
  "admission",
  /** Kinds of the mesh, apart from those of others: they come with its charts, which none of the others must wait for. */
  "mesh-kinds",
  /** What configures the mesh's proxies. */
  "mesh-control",
  /** Kinds of Gateway API. */
  "gateway-kinds",
  /** Mutual TLS between pods. */
  "mesh",
] as const;

export type Capability = (typeof CAPABILITIES)[number];

/** Something that is made, with what it waits for. */
export interface Ordered {
  after?: readonly Capability[];
  provides?: readonly Capability[];
}
