import type { Condition } from "../../../components/documents/condition";
import {
  type Metric,
  metricsOf,
  type Panel,
  type Split,
  splitsOf,
} from "../../../components/documents/panel";
import type { Figures } from "../../../components/elastic/dashboards/query";
import { fieldOf } from "../../../scenarios/check/fields";

export type Document = Record<string, unknown>;

/**
 * The figures that a panel is to show of documents: the same question answered without Elasticsearch, by going over
 * all documents for each group. Terms are not limited in number.
 */
export function figuresOf(panel: Panel, documents: readonly Document[], now: Date, step: number): Figures[] {
  const asked = documents.filter((one) => panel.filter.every((condition) => holds(condition, one, now)));
  return group(asked, splitsOf(panel.chart), metricsOf(panel.chart), now, step);
}

function group(
  documents: readonly Document[],
  [split, ...inner]: readonly Split[],
  metrics: readonly Metric[],
  now: Date,
  step: number,
): Figures[] {
  if (!split) return [{ keys: [], values: metrics.map((metric) => measure(metric, documents)) }];
  const groups = new Map<string | number, Document[]>();
  for (const document of documents)
    for (const key of keysOf(split, document, now, step))
      groups.set(key, [...(groups.get(key) ?? []), document]);
  return [...groups].flatMap(([key, own]) =>
    group(own, inner, metrics, now, step).map(({ keys, values }) => ({ keys: [key, ...keys], values })),
  );
}

function keysOf(split: Split, document: Document, now: Date, step: number): (string | number)[] {
  switch (split.by) {
    case "terms":
      return valuesOf(document, split.field) as (string | number)[];
    case "filters":
      return split.groups
        .filter(({ conditions }) => conditions.every((one) => holds(one, document, now)))
        .map(({ label }) => label);
    case "time":
      return valuesOf(document, split.field).map((time) =>
        new Date(Math.floor(Date.parse(String(time)) / step) * step).toISOString(),
      );
  }
}

function measure(metric: Metric, documents: readonly Document[]): number {
  if (metric.operation === "count") return documents.length;
  const values = documents.flatMap((one) => valuesOf(one, metric.field));
  if (metric.operation === "unique_count") return new Set(values).size;
  const numbers = values.map((value) => (typeof value === "number" ? value : Date.parse(String(value))));
  if (metric.operation === "sum") return numbers.reduce((sum, one) => sum + one, 0);
  return metric.operation === "min" ? Math.min(...numbers) : Math.max(...numbers);
}

export function holds(condition: Condition, document: Document, now: Date): boolean {
  if ("not" in condition) return !holds(condition.not, document, now);
  if ("all" in condition) return condition.all.every((one) => holds(one, document, now));
  if ("any" in condition) return condition.any.some((one) => holds(one, document, now));
  const values = valuesOf(document, condition.field);
  if ("exists" in condition) return values.length > 0;
  if ("is" in condition)
    return values.some((value) => [condition.is].flat().includes(value as string | number));
  const { atLeast, below } = condition;
  return values.some(
    (value) =>
      (atLeast === undefined || ordered(value, now) >= ordered(atLeast, now)) &&
      (below === undefined || ordered(value, now) < ordered(below, now)),
  );
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function ordered(value: unknown, now: Date): number {
  if (typeof value === "number") return value;
  if (value === "now") return now.getTime();
  const [, number, unit] = /^now-(\d+)([mhd])$/.exec(String(value)) ?? [];
  return unit ? now.getTime() - Number(number) * UNITS[unit]! : Date.parse(String(value));
}

function valuesOf(document: Document, field: string): unknown[] {
  const value = fieldOf(document, field);
  return value === undefined || value === null ? [] : [value].flat();
}
