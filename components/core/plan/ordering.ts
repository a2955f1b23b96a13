import { CAPABILITIES, type Capability, type Ordered } from "../../kubernetes/capabilities";
import { ContractError } from "../contract/contract-error";
import type { PlannedFeature } from "../contract/contribution";

/** A part of the stack that waits for capabilities or provides some: a feature, a chart or a custom object. */
interface Part extends Ordered {
  name: string;
}

/**
 * Refuses an order that can't be kept.
 * @throws ContractError where a part names an unknown capability, or features wait for each other.
 */
export function checkOrdering(
  features: readonly PlannedFeature[],
  ordering: ReadonlyMap<string, Ordered>,
): void {
  const parts = features.map((feature) => [feature, partsOf(feature, ordering)] as const);
  for (const [, all] of parts) all.forEach(refuseUnknown);
  inOrder(features, ordering);
}

function partsOf(feature: PlannedFeature, ordering: ReadonlyMap<string, Ordered>): Part[] {
  const { charts = [], customObjects = [] } = feature.contribution;
  return [
    { name: feature.name, ...pick(ordering.get(feature.name)) },
    ...charts.map((chart) => ({ name: `chart ${chart.name} of ${feature.name}`, ...pick(chart) })),
    ...customObjects.map((object) => ({
      name: `${object.kind} ${object.metadata.name} of ${feature.name}`,
      ...pick(object),
    })),
  ];
}

function pick({ after = [], provides = [] }: Ordered = {}) {
  return { after, provides };
}

function refuseUnknown({ name, after = [], provides = [] }: Part): void {
  const known: readonly string[] = CAPABILITIES;
  for (const capability of [...after, ...provides])
    if (!known.includes(capability))
      throw new ContractError(
        "FTR001",
        `${name} names the capability "${capability}"`,
        `one of ${known.join(", ")}`,
      );
}

/**
 * The features in an order in which whoever provides a capability comes before those that wait for it; otherwise the
 * order stays as it is.
 * @throws ContractError where features wait for each other.
 */
export function inOrder(
  features: readonly PlannedFeature[],
  ordering: ReadonlyMap<string, Ordered>,
): PlannedFeature[] {
  const all = features.map((feature) => ({ feature, parts: partsOf(feature, ordering) }));
  const providers = (capability: Capability) =>
    all.filter(({ parts }) => parts.some((part) => part.provides?.includes(capability)));
  const placed: PlannedFeature[] = [];
  const visit = ({ feature, parts }: (typeof all)[number], trail: readonly string[]): void => {
    if (placed.includes(feature)) return;
    if (trail.includes(feature.name))
      throw cycle([...trail.slice(trail.indexOf(feature.name)), feature.name]);
    for (const capability of parts.flatMap((part) => part.after ?? []))
      for (const provider of providers(capability))
        if (provider.feature !== feature) visit(provider, [...trail, feature.name]);
    placed.push(feature);
  };
  for (const entry of all) visit(entry, []);
  return placed;
}

function cycle(names: readonly string[]): ContractError {
  return new ContractError(
    "FTR002",
    `${names.join(" waits for ")}`,
    "take a capability out of `after` or `provides` of one of them",
  );
}
