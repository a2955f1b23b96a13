import type { FieldMap, FieldType } from "./fields";

/** Fields and the tool that they are from. */
export interface OwnedFields {
  tool: string;
  fields: FieldMap;
}

/** Two tools give one field different types, which no index can have. */
export interface FieldConflict {
  field: string;
  tools: [string, string];
}

/** The fields of all tools of one index, in the order of the tools; the first to name a field gives it its place. */
export function mergeFields(owned: readonly OwnedFields[]): { fields: FieldMap; conflicts: FieldConflict[] } {
  const conflicts: FieldConflict[] = [];
  const owners = new Map<string, string>();
  const add = (into: FieldMap, fields: FieldMap, tool: string, prefix: string): FieldMap => {
    const merged: Record<string, FieldMap[string]> = { ...into };
    for (const [name, field] of Object.entries(fields)) {
      const path = prefix + name;
      const before = merged[name];
      if (before === undefined) owners.set(path, tool);
      else if (!isSame(before, field)) conflicts.push({ field: path, tools: [ownerOf(path), tool] });
      const inside = propertiesOf(field);
      const known = before === undefined ? undefined : propertiesOf(before);
      merged[name] = inside ? { properties: add(known ?? {}, inside, tool, `${path}.`) } : (before ?? field);
    }
    return merged;
  };
  const ownerOf = (path: string) => owners.get(path) ?? "another";
  const fields = owned.reduce<FieldMap>((all, { tool, fields }) => add(all, fields, tool, ""), {});
  return { fields, conflicts };
}

function propertiesOf(field: FieldMap[string]): FieldMap | undefined {
  return isObject(field) ? field.properties : undefined;
}

function isObject(field: FieldMap[string]): field is { readonly properties: FieldMap } {
  return typeof field["properties"] === "object" && !("type" in field);
}

function isSame(a: FieldMap[string], b: FieldType | FieldMap[string]): boolean {
  if (propertiesOf(a) || propertiesOf(b))
    return propertiesOf(a) !== undefined && propertiesOf(b) !== undefined;
  return JSON.stringify(a) === JSON.stringify(b);
}
