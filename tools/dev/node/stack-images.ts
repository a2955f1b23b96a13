import { loadFromFile } from "../../../components/core/config/load";
import { parseConfig } from "../../../components/core/config/parse";
import { plan } from "../../../components/core/plan/plan";
import type { WorkloadKind } from "../../../components/kubernetes/workloads";
import { FEATURES } from "../../../components/registry";
import { runningNodes } from "./end";
import { ImageStore, type ProvidedImage, sourceOf } from "./image-store";
import { runtimePrograms } from "./runtime-programs";
import type { WantedKeys } from "./store-keys";

/** A workload and what runs its pods. */
export interface PlacedWorkload {
  name: string;
  kind: WorkloadKind;
}

/**
 * The API keys that a stack config leaves to the user and that its managed Elasticsearch can't be without; undefined where the
 * stack makes them itself, or Elasticsearch is none of its.
 */
export function wantedKeys(configFile: string): WantedKeys | undefined {
  const settings = parseConfig(loadFromFile(configFile), FEATURES);
  const { managed, objects } = settings.envelope.output.elasticsearch;
  if (!managed || objects.enabled !== false) return undefined;
  const { namespaces, features } = plan(settings);
  const keys = features.flatMap(({ contribution }) => contribution.apiKeys ?? []);
  return { namespace: namespaces.restricted, keys };
}

/**
 * Brings the images that a stack config needs to the cluster's real nodes. What is not the pinned image is said.
 * @returns the workloads whose image is to be had nowhere, which can only be simulated; images of sidecars and of pods that
 *   an operator makes go where their workload or its operator does
 */
export async function provideStackImages(
  clusterFolder: string,
  configFile: string,
  say: (line: string) => void,
): Promise<PlacedWorkload[]> {
  const { images, sizing } = plan(parseConfig(loadFromFile(configFile), FEATURES));
  const sources = await Promise.all(
    Object.entries(images).map(async ([workload, image]) => ({
      workload,
      image,
      source: await sourceOf(image),
    })),
  );
  const available = sources.filter(({ source }) => source !== undefined).map(({ image }) => image);
  const provided = await provideImages(clusterFolder, available, say);
  for (const { reference, standIn } of provided)
    if (standIn) say(`  stand-in: ${reference.split("@")[0]} is ${standIn}`);
  const simulated = sources.filter(({ source }) => source === undefined);
  for (const { workload, image } of simulated)
    say(
      `  simulated: ${workload}, since neither a registry has ${image.split("@")[0]} nor the toolchain its program`,
    );
  const placed = new Set(FEATURES.flatMap(({ workloads }) => workloads));
  return sizing.workloads.filter(
    ({ name }) => placed.has(name) && simulated.some(({ workload }) => workload === name),
  );
}

/**
 * Brings images to the real nodes of the cluster with this folder.
 * @throws Fault naming those that are to be had nowhere
 */
export async function provideImages(
  clusterFolder: string,
  references: readonly string[],
  say: (line: string) => void,
): Promise<ProvidedImage[]> {
  const { ctr } = await runtimePrograms();
  const provided: ProvidedImage[][] = [];
  for (const { paths, pid } of runningNodes({ folder: clusterFolder }))
    provided.push(await new ImageStore(ctr, pid, paths.images, say).provide(references));
  // Each node has the same ones.
  return provided[0] ?? [];
}
