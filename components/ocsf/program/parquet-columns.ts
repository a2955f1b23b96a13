import type { SchemaElement } from "hyparquet-writer";
import type { OcsfEvent } from "../../documents/ocsf/convert";
import { isObject } from "../../documents/ocsf/document-reader";

/**
 * Type of a column: an object has one for each of its fields, a list one of its items, `json` is the text of whatever the schema
 * allows there. All whole numbers are of 64 bits: the JSON Schema does not tell `integer_t` from `long_t`.
 */
export type Column = "string" | "long" | "double" | "boolean" | "json" | Column[] | Columns;
export interface Columns {
  [name: string]: Column;
}

/** Beside the columns of every class: what none of them has, as a map of texts, which is how Security Lake's own tables have it. */
export const UNMAPPED = "unmapped";

const LEAVES: Readonly<Record<Exclude<Column, object>, Partial<SchemaElement>>> = {
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  json: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  long: { type: "INT64" },
  double: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
};

/** The schema of a file, as Parquet has it: lists in three levels, every field optional (parquet-format, LogicalTypes.md). */
export function parquetSchema(columns: Columns): SchemaElement[] {
  const names = Object.keys(columns);
  return [
    { name: "root", num_children: names.length + 1 },
    ...names.flatMap((name) => elementsOf(name, columns[name]!)),
    { name: UNMAPPED, converted_type: "MAP", num_children: 1, repetition_type: "OPTIONAL" },
    { name: "key_value", num_children: 2, repetition_type: "REPEATED" },
    { name: "key", ...LEAVES.string, repetition_type: "REQUIRED" },
    { name: "value", ...LEAVES.string, repetition_type: "OPTIONAL" },
  ];
}

function elementsOf(name: string, column: Column): SchemaElement[] {
  const group = { name, repetition_type: "OPTIONAL" } as const;
  if (typeof column === "string") return [{ ...group, ...LEAVES[column] }];
  if (Array.isArray(column))
    return [
      { ...group, converted_type: "LIST", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...column.flatMap((item) => elementsOf("element", item)),
    ];
  const fields = Object.entries(column);
  return [
    { ...group, num_children: fields.length },
    ...fields.flatMap(([field, type]) => elementsOf(field, type)),
  ];
}

/** A row of an event: what no column takes is in `unmapped`, under its path, so that nothing is left out. */
export function rowOf(columns: Columns, event: OcsfEvent): Record<string, unknown> {
  const { [UNMAPPED]: unmapped, ...fields } = event;
  const rest = new Map<string, string>();
  const row = objectIn(columns, fields, "", rest);
  if (unmapped !== undefined) addTexts(rest, "", unmapped);
  return { ...row, [UNMAPPED]: rest.size > 0 ? rest : undefined };
}

type Rest = Map<string, string>;

function objectIn(columns: Columns, fields: OcsfEvent, place: string, rest: Rest): OcsfEvent {
  const row: OcsfEvent = {};
  for (const [name, value] of Object.entries(fields)) {
    const path = below(place, name);
    if (Object.hasOwn(columns, name)) row[name] = valueIn(columns[name]!, value, path, rest);
    else addTexts(rest, path, value);
  }
  return row;
}

function valueIn(column: Column, value: unknown, place: string, rest: Rest): unknown {
  if (value === undefined || value === null) return undefined;
  if (column === "json") return JSON.stringify(value);
  if (column === "long") {
    if (Number.isSafeInteger(value)) return BigInt(value as number);
  } else if (typeof column === "string") {
    if (typeof value === (column === "double" ? "number" : column)) return value;
  } else if (Array.isArray(column)) {
    const [item] = column;
    if (item !== undefined && Array.isArray(value))
      return value.map((one, i) => valueIn(item, one, below(place, String(i)), rest));
  } else if (isObject(value)) return objectIn(column, value, place, rest);
  addTexts(rest, place, value);
  return undefined;
}

/** The texts of a value, each under its path; what is neither a text nor an object with fields is one in JSON. */
function addTexts(texts: Rest, place: string, value: unknown): void {
  if (value === undefined) return;
  if (isObject(value) && (Object.keys(value).length > 0 || place === "")) {
    for (const [name, one] of Object.entries(value)) addTexts(texts, below(place, name), one);
    return;
  }
  let key = place;
  // A field "a.b" beside the field "b" of "a": a map has each key once.
  while (texts.has(key)) key += ".";
  texts.set(key, typeof value === "string" ? value : JSON.stringify(value));
}

function below(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}
