import type { PodSpec } from "kubernetes-types/core/v1";
import type { CustomObject, Manifest } from "../../kubernetes/manifest";
import { podSpecOf } from "../../kubernetes/pod-spec";
import { parseQuantity } from "../../kubernetes/quantity";
import type { Resources } from "../../kubernetes/workloads";
import { ConfigError, type ConfigIssue } from "../config/config-error";
import type { ConfiguredFeature } from "../config/configured-feature";
import { formatPath } from "../config/issues";
import type { PlannedFeature } from "../contract/contribution";

/** Data of a ConfigMap, all its values together (kubernetes.io, ConfigMap; apimachinery's MaxSecretSize). */
const CONFIG_MAP_BYTES = 1024 * 1024;
/** Any object: what etcd takes in one request by default (etcd, server/embed/config.go: DefaultMaxRequestBytes). */
const OBJECT_BYTES = 1.5 * 1024 * 1024;

/** What a workload's main container asks for and may use. */
export interface WorkloadResources extends Resources {
  name: string;
}

/**
 * Refuses what every schema takes and Kubernetes does not, as it shows only in the objects that come of it: sizes,
 * mounts and requests above limits.
 * @throws ConfigError with all of it
 */
export function refuseImpossible(
  planned: readonly PlannedFeature[],
  configured: readonly ConfiguredFeature[],
  workloads: readonly WorkloadResources[],
): void {
  const placeOf = (name: string) => configured.find(({ feature }) => feature.name === name)?.path ?? [name];
  const issues = [
    ...planned.flatMap((feature) => objectsOf(feature, formatPath(placeOf(feature.name)))),
    ...workloads.flatMap(resourcesOf),
  ];
  if (issues.length > 0) throw new ConfigError(issues);
}

function objectsOf({ contribution }: PlannedFeature, path: string): ConfigIssue[] {
  const { manifests, customObjects = [] } = contribution;
  return [
    ...[...manifests, ...customObjects].flatMap((object) => sizeOf(object, path)),
    ...manifests.flatMap((manifest) => mountsOf(manifest, path)),
  ];
}

function sizeOf(object: Manifest | CustomObject, path: string): ConfigIssue[] {
  const name = `${object.kind} ${object.metadata.name}`;
  const data = "data" in object ? Object.entries(object.data ?? {}) : [];
  const inData = data.reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0);
  const all = Buffer.byteLength(JSON.stringify(object));
  const tooLarge = (bytes: number, most: number): ConfigIssue => ({
    code: "CFG015",
    path,
    found: `what makes ${name} ${bytes.toLocaleString("en")} bytes`,
    allowed: `at most ${most.toLocaleString("en")} bytes, of which Kubernetes takes no more in one object`,
    fix: "make it less: fewer or shorter entries, or several that `*` in one stands for",
  });
  if (inData > CONFIG_MAP_BYTES) return [tooLarge(inData, CONFIG_MAP_BYTES)];
  return all > OBJECT_BYTES ? [tooLarge(all, OBJECT_BYTES)] : [];
}

function mountsOf(manifest: Manifest, path: string): ConfigIssue[] {
  const { initContainers = [], containers = [] }: Partial<PodSpec> = podSpecOf(manifest) ?? {};
  return [...initContainers, ...containers].flatMap(({ name, volumeMounts = [] }) => {
    const paths = volumeMounts.map(({ mountPath }) => mountPath);
    const twice = new Set(paths.filter((mount, index) => paths.indexOf(mount) !== index));
    return [...twice].map((mount) => ({
      code: "CFG016" as const,
      path,
      found: `${mount}, two times in the container ${name} of ${manifest.kind} ${manifest.metadata.name}`,
      allowed: "a path of the node that is not one of the container's own",
    }));
  });
}

function resourcesOf({ name, requests, limits }: WorkloadResources): ConfigIssue[] {
  return (["cpu", "memory"] as const)
    .filter((resource) => (parseQuantity(requests[resource]) ?? 0) > (parseQuantity(limits[resource]) ?? 0))
    .map((resource) => ({
      code: "CFG009" as const,
      path: formatPath(["override", name, "resources"]),
      found: `${name}: ${resource} limit ${limits[resource]} is below the request ${requests[resource]}`,
      allowed: "a limit of at least the request",
      fix: `set both resources.requests.${resource} and resources.limits.${resource}`,
    }));
}
