import type { PodSpec, PodTemplateSpec } from "kubernetes-types/core/v1";
import type { Manifest } from "./manifest";

/** The pods that a manifest makes; undefined where it makes none. */
export function podSpecOf(manifest: Manifest): PodSpec | undefined {
  return podTemplateOf(manifest)?.spec;
}

/** The same with labels and annotations. */
export function podTemplateOf(manifest: Manifest): PodTemplateSpec | undefined {
  switch (manifest.kind) {
    case "DaemonSet":
    case "Deployment":
    case "StatefulSet":
    case "Job":
      return manifest.spec?.template;
    case "CronJob":
      return manifest.spec?.jobTemplate.spec?.template;
    default:
      return undefined;
  }
}
