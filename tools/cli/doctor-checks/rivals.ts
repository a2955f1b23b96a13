import type { ConfiguredFeature } from "../../../components/core/config/configured-feature";
import type { Rival } from "../../../components/core/contract/doctor-facts";
import { type Check, ok, warn } from "./finding";
import { type Node, nodesBelow, withKernels } from "./node";

/** A DaemonSet as the API server gives it, as far as the doctor looks at it. */
export interface NodeWorkload {
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
}

/** Kernels that are older than features of the stack need; the sensors' own need is checked for every cluster. */
export function checkKernelsOf(nodes: readonly Node[], features: readonly ConfiguredFeature[]): Check[] {
  return features.flatMap(({ feature: { title, doctor } }) => {
    const { kernel } = doctor ?? {};
    if (!kernel) return [];
    const least = `${kernel.major}.${kernel.minor}`;
    const old = nodesBelow(nodes, kernel.major, kernel.minor);
    if (old.length === 0) return [ok(`kernel for ${title}`, `${least} or later.`)];
    const found = `${title} needs Linux ${least}: ${withKernels(old)}.`;
    return [warn(`kernel for ${title}`, found, kernel.fix)];
  });
}

/**
 * What is on the nodes already that features of the stack can't be beside.
 * @param sets DaemonSets of the cluster; undefined where they may not be listed
 */
export function checkRivals(
  sets: readonly NodeWorkload[] | undefined,
  features: readonly ConfiguredFeature[],
): Check[] {
  return features.flatMap(({ feature: { title, doctor }, bound }) =>
    (doctor?.rivals ?? [])
      .filter((rival) => rival.isInTheWay(bound?.config))
      .map((rival) => checkRival(rival, title, sets)),
  );
}

function checkRival(
  { daemonSets, what, fix }: Rival,
  title: string,
  sets: readonly NodeWorkload[] | undefined,
) {
  const name = `beside ${title}`;
  if (!sets)
    return warn(name, `Whether there is ${what} could not be seen.`, "Ask for the right to list DaemonSets.");
  const found = sets.filter(
    ({ metadata: { name, labels } }) =>
      daemonSets.includes(name) && labels?.["app.kubernetes.io/part-of"] !== "security-stack",
  );
  if (found.length === 0) return ok(name, `No ${what.replace(/^an? /, "")}.`);
  const listed = found.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(", ");
  return warn(name, `There is ${what}: DaemonSet ${listed}.`, fix);
}
