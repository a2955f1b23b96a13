import type { Toleration } from "kubernetes-types/core/v1";
import type { Resources } from "../../kubernetes/workloads";

/** What an operator may change of a workload without touching its feature's config. */
export interface Override {
  resources?: { requests?: Partial<Resources["requests"]>; limits?: Partial<Resources["limits"]> };
  tolerations?: Toleration[];
  nodeSelector?: Record<string, string>;
  /** Ignored by workloads that run once per node. */
  replicas?: number;
  priorityClassName?: string;
  /** A full image reference; wins over the pin and over `global.imageRegistry`. */
  image?: string;
}

/** The override that reaches every DaemonSet, as the config names it. */
export const NODE_AGENT = "nodeAgent";

/**
 * Merges override layers; a later layer wins. Maps merge key by key, arrays and scalars replace, and
 * `undefined` never erases. Pure: no layer is changed.
 */
export function mergeOverrides(...layers: readonly (Override | undefined)[]): Override {
  return layers.reduce<Override>((merged, layer) => mergeMaps(merged, layer ?? {}) as Override, {});
}

function mergeMaps(base: object, layer: object): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(layer)) {
    if (value === undefined) continue;
    const before = merged[key];
    merged[key] = isMap(before) && isMap(value) ? mergeMaps(before, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
