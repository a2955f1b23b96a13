import type { FieldRule } from "../model/scenario-schema";
import type { Json } from "./store";

/** The value of a field by its dotted name: maps are nested, but a flattened one may have dots in its keys. */
export function fieldOf(document: Json, field: string): unknown {
  if (field in document) return document[field];
  const parts = field.split(".");
  for (let i = 1; i < parts.length; i += 1) {
    const below = document[parts.slice(0, i).join(".")];
    if (typeof below === "object" && below !== null && !Array.isArray(below)) {
      const found = fieldOf(below as Json, parts.slice(i).join("."));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** What is wrong with a field, in words; undefined where nothing is. A list holds when one of its values does. */
export function problemOf(document: Json, field: string, rule: FieldRule): string | undefined {
  const value = fieldOf(document, field);
  const values = Array.isArray(value) ? value : [value];
  if (values.some((one) => holds(one, rule))) return undefined;
  return `${field} is ${show(value)}, expected ${describeRule(rule)}`;
}

/** All that is wrong with a document. */
export function problemsOf(document: Json, fields: Record<string, FieldRule>): string[] {
  return Object.entries(fields)
    .map(([field, rule]) => problemOf(document, field, rule))
    .filter((problem) => problem !== undefined);
}

function holds(value: unknown, rule: FieldRule): boolean {
  if (typeof rule !== "object") return value === rule;
  if ("exists" in rule) return value !== undefined && value !== null && value !== "";
  if ("oneOf" in rule) return rule.oneOf.some((one) => one === value);
  return typeof value === "number" && value >= rule.atLeast;
}

function describeRule(rule: FieldRule): string {
  if (typeof rule !== "object") return show(rule);
  if ("exists" in rule) return "any value";
  if ("oneOf" in rule) return `one of ${rule.oneOf.map(show).join(", ")}`;
  return `at least ${rule.atLeast}`;
}

/** A value for a message: text from a document is hostile, so it is one short line. */
export function show(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
