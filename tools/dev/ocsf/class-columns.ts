import type { OcsfEvent } from "../../../components/documents/ocsf/convert";
import { type Column, type Columns, UNMAPPED } from "../../../components/ocsf/program/parquet-columns";
import type { JsonSchema, OfficialSchemas } from "./official-schema";

const LEAVES: Readonly<Record<string, Column>> = {
  string: "string",
  integer: "long",
  number: "double",
  boolean: "boolean",
};

/**
 * The columns of a class: the fields that some events have, each as the official schema types it. The whole schema is no
 * alternative: a process has a parent process, and so on without end.
 * @throws Error where an event has a field that the schema has not
 */
export function classColumns(schemas: OfficialSchemas, uid: number, events: readonly OcsfEvent[]): Columns {
  const objects = new Map(schemas.objects.map((schema) => [schema.$id, schema]));
  const resolved = (schema: JsonSchema): JsonSchema => (schema.$ref ? objects.get(schema.$ref)! : schema);

  function columnsOf(schema: JsonSchema, values: readonly OcsfEvent[], place: string): Columns {
    const names = [...new Set(values.flatMap((value) => Object.keys(value)))].sort();
    return Object.fromEntries(
      names.map((name) => {
        const field = schema.properties?.[name];
        if (!field) throw new Error(`the schema has no ${place}${name}`);
        const found = values.flatMap((value) => (value[name] === undefined ? [] : [value[name]]));
        return [name, columnOf(resolved(field), found, `${place}${name}.`)];
      }),
    );
  }

  function columnOf(schema: JsonSchema, values: readonly unknown[], place: string): Column {
    if (schema.items) return [columnOf(resolved(schema.items), values.flat(), place)];
    if (schema.properties && Object.keys(schema.properties).length > 0)
      return columnsOf(schema, values as readonly OcsfEvent[], place);
    return (typeof schema.type === "string" && LEAVES[schema.type]) || "json";
  }

  const { [UNMAPPED]: _, ...columns } = columnsOf(
    schemas.classes[String(uid)]!,
    events.map(({ [UNMAPPED]: _, ...fields }) => fields),
    "",
  );
  return columns;
}
