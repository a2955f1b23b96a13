import { at, hasLabels, isMap, listAt, mapAt, textAt, textMapAt, textsAt } from "./read";

/**
 * True when a label selector of Kubernetes fits the labels: all of matchLabels and of matchExpressions. An empty
 * selector fits everything, none at all fits nothing (apimachinery, pkg/apis/meta/v1: LabelSelectorAsSelector).
 */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (!isMap(selector)) return false;
  return (
    hasLabels(labels, textMapAt(selector, "matchLabels")) &&
    listAt(selector, "matchExpressions").every((expression) => fits(expression, labels))
  );
}

/** True for an empty selector; see {@link selects}. */
export function selectsEverything(selector: unknown): boolean {
  return (
    isMap(selector) &&
    Object.keys(mapAt(selector, "matchLabels")).length === 0 &&
    listAt(selector, "matchExpressions").length === 0
  );
}

function fits(expression: unknown, labels: Readonly<Record<string, string>>): boolean {
  const label = labels[textAt(expression, "key") ?? ""];
  const values = textsAt(expression, "values");
  switch (at(expression, "operator")) {
    case "In":
      return label !== undefined && values.includes(label);
    case "NotIn":
      return label === undefined || !values.includes(label);
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    default:
      return false;
  }
}
