import { join } from "node:path";
import type { ExportedState } from "../../../tools/dev/engine/local-stack";
import { sourceOf } from "../../../tools/dev/node/image-store";
import { provideImages, wantedKeys } from "../../../tools/dev/node/stack-images";
import { withStoreKeys } from "../../../tools/dev/node/store-keys";
import type { Deployment } from "../stack/deployment";
import { areReady, type NodePod, podsOnNode } from "../stack/node-pods";
import { until } from "../stack/objects";
import { appliedObjects } from "./left-state";
import { putObjects } from "./put-objects";

/**
 * Brings what a state says is there onto a deployment's real node and waits until its pods run: images of that time, objects under
 * their field managers, and the API keys, which were the user's.
 * @param names what the names of the pods that have to run begin with
 */
export async function runLeftState(
  deployment: Deployment,
  state: ExportedState,
  names: readonly string[],
): Promise<void> {
  const { api, cluster } = deployment;
  const objects = appliedObjects(state);
  await provideImages(cluster.folder, await imagesToHave(objects), () => {});
  const config = join(cluster.folder, "Pulumi.dev.yaml");
  deployment.copyConfigTo(config);
  const run = (pods: readonly NodePod[]) =>
    names.every((name) => pods.some(({ metadata }) => metadata.name.startsWith(name))) && areReady(pods);
  await withStoreKeys(
    cluster.kubeconfigPath,
    wantedKeys(config)!,
    () => {},
    async () => {
      await putObjects(api, objects);
      await until("the pods of that state", () => podsOnNode(deployment), run, 600_000);
    },
  );
}

/** Images of pods on simulated nodes can be nowhere. */
async function imagesToHave(objects: readonly object[]): Promise<string[]> {
  const named = [...new Set(imagesIn(objects))];
  const sources = await Promise.all(named.map(sourceOf));
  return named.filter((_, index) => sources[index] !== undefined);
}

function imagesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === "image" && typeof part === "string" ? [part] : imagesIn(part),
  );
}
