import type { Feature } from "../core/contract/feature";
import { type Plan, plannedObjects } from "../core/plan/plan";
import type { ClusterObjects } from "../kubernetes/cluster-objects";

/** Objects of others that would be deleted with the kinds of a feature. */
export interface Loss {
  feature: Pick<Feature, "name" | "kindsOfPeople">;
  titles: string[];
}

/** Of the feature's kinds that are the stack's in the cluster and not in the plan any more. */
export async function goingWith(
  { name, kindsOfPeople = {} }: Loss["feature"],
  plan: Plan,
  objects: ClusterObjects,
): Promise<string[]> {
  const { ofCharts = [], asObjects = [] } = kindsOfPeople;
  const planned = plan.features.find((feature) => feature.name === name);
  const hasCharts = (planned?.contribution.charts ?? []).length > 0;
  const defined = asObjects.length > 0 ? definedBy(plan) : new Set<string>();
  const going = [
    ...(hasCharts ? [] : ofCharts),
    ...asObjects.filter((kind) => !defined.has(definitionOf(kind))),
  ];
  const titles = await Promise.all(going.map((kind) => objects.foreignOfKind(kind)));
  return titles.flat();
}

function definedBy(plan: Plan): Set<string> {
  const definitions = plannedObjects(plan).filter(({ kind }) => kind === "CustomResourceDefinition");
  return new Set(definitions.map(({ metadata }) => metadata.name));
}

/** "tracingpolicies.v1alpha1.cilium.io" -> "tracingpolicies.cilium.io", the name of its definition. */
export function definitionOf(kind: string): string {
  const [resource, , ...group] = kind.split(".");
  return [resource, ...group].join(".");
}

const MOST_TITLES = 30;

/** What is said of it. */
export function lossOf({ feature: { name, kindsOfPeople }, titles }: Loss): string {
  const more = titles.length - MOST_TITLES;
  const keep = kindsOfPeople?.keptBy
    ? `have the kinds stay: ${kindsOfPeople.keptBy}: true, an update, and then what you were about to do`
    : "leave the kinds where they are";
  return [
    `This update deletes kinds of ${name}, and with them these objects, which are not this stack's; nothing was changed:`,
    ...titles.slice(0, MOST_TITLES).map((title) => `- ${title}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
    `Delete what nobody needs (kubectl delete), or ${keep}.`,
  ].join("\n");
}
