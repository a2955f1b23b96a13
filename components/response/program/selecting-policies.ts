import type { LabelSelector, LabelSelectorRequirement } from "kubernetes-types/meta/v1";
import { POLICY_PREFIX } from "../marks";

/** What of a NetworkPolicy is read. */
export interface PolicyObject {
  metadata: { name: string };
  spec: { podSelector?: LabelSelector; ingress?: unknown[]; egress?: unknown[] };
}

/**
 * Policies that still let something through to a pod with these labels: one with an empty selector, or that selects by what
 * labels a pod has not, holds for a quarantined pod too, and what NetworkPolicies allow adds up (kubernetes.io, "Network
 * Policies").
 */
export function stillAllowing(
  policies: readonly PolicyObject[],
  labels: Readonly<Record<string, string>>,
): string[] {
  return policies
    .filter(({ metadata }) => !metadata.name.startsWith(POLICY_PREFIX))
    .filter(({ spec }) => [spec.ingress, spec.egress].some((rules) => rules && rules.length > 0))
    .filter(({ spec }) => selects(spec.podSelector ?? {}, labels))
    .map(({ metadata }) => metadata.name)
    .sort();
}

function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => holds(expression, labels))
  );
}

function holds(
  { key, operator, values = [] }: LabelSelectorRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}
