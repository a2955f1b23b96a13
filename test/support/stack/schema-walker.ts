import { z } from "zod";
import { envelopeWith } from "../../../components/core/config/envelope-schema";
import type { Feature } from "../../../components/core/contract/feature";

// Every place of the stack config that a schema knows, so that a test covers a key that comes later without a line more.

/** The part of JSON Schema that zod writes. */
export interface JsonSchema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

export type ConfigPath = readonly (string | number)[];

/** A place where a value may stand: a leaf, a list or a map. */
export interface Place {
  /** Without the project's prefix; items are at 0 and keys of a record are `RECORD_KEY`. */
  path: ConfigPath;
  schema: JsonSchema;
}

/** Stands for any key of a record. */
export const RECORD_KEY = "any-key";

/** Every place of the envelope and of each feature's own config, in the order of the schemas. */
export function placesOf(registry: readonly Feature[]): Place[] {
  const configs = ownSchemas(registry).flatMap(({ schema }, index) =>
    walk(inputSchema(schema), ["features", index, "config"]),
  );
  const envelope = envelopeWith(registry.flatMap(({ sinks = [] }) => sinks));
  return [...walk(inputSchema(envelope), []), ...configs].filter(({ path }) => path.length > 0);
}

/** Of the features that have a config of their own, not a part of the envelope. */
function ownSchemas(registry: readonly Feature[]): { name: string; schema: z.ZodType }[] {
  return registry.flatMap(({ name, schema }) => (schema ? [{ name, schema }] : []));
}

function inputSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
}

function walk(schema: JsonSchema, path: ConfigPath): Place[] {
  const { properties = {}, items, additionalProperties, anyOf = [], allOf = [] } = schema;
  return [
    { path, schema },
    ...Object.entries(properties).flatMap(([key, below]) => walk(below, [...path, key])),
    ...(items ? walk(items, [...path, 0]) : []),
    ...(typeof additionalProperties === "object" ? walk(additionalProperties, [...path, RECORD_KEY]) : []),
    // The branches have the same place; what is below them is walked, the place itself is listed once.
    ...[...anyOf, ...allOf].flatMap((branch) => walk(branch, path).slice(1)),
  ];
}

/** A config in which every feature has an entry, in the order in which `placesOf` counts them. */
export function baseConfig(registry: readonly Feature[]): Record<string, unknown> {
  return {
    global: { clusterName: "dev" },
    features: ownSchemas(registry).map(({ name }) => ({ name, config: {} })),
    output: { elasticsearch: { endpoints: ["https://es.example:9200"] } },
  };
}

/** The config with a value at a place; maps and lists on the way are made where they are not there. */
export function withPlace(config: unknown, [part, ...rest]: ConfigPath, value: unknown): unknown {
  if (part === undefined) return value;
  if (typeof part === "number") {
    const list: unknown[] = Array.isArray(config) ? [...config] : [];
    list[part] = withPlace(list[part], rest, value);
    return list;
  }
  const map = typeof config === "object" && config !== null && !Array.isArray(config) ? config : {};
  return { ...map, [part]: withPlace((map as Record<string, unknown>)[part], rest, value) };
}
