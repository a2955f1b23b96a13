import type { PodSpec } from "kubernetes-types/core/v1";
import type { Manifest } from "./manifest";

/** The pods that a manifest makes; undefined where it makes none. */
export function podSpecOf(manifest: Manifest): PodSpec | undefined {
  switch (manifest.kind) {
    case "DaemonSet":
    case "Deployment":
    case "StatefulSet":
    case "Job":
      return manifest.spec?.template.spec;
    case "CronJob":
      return manifest.spec?.jobTemplate.spec?.template.spec;
    default:
      return undefined;
  }
}
