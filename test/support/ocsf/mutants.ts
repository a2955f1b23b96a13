import type { JsonSchema, OfficialSchemas } from "../../../tools/dev/ocsf/official-schema";
import type { StoredDocument } from "./documents";

/** An event with something taken out that the schema asks for. */
export interface Mutant {
  what: string;
  event: StoredDocument;
}

/** One for each required field at any depth of the event, and one for each group of which one is required. */
export function mutantsOf(event: StoredDocument, schemas: OfficialSchemas): Mutant[] {
  const objects = new Map(schemas.objects.map((schema) => [schema.$id, schema]));
  const found: Mutant[] = [];
  const without = (path: readonly (string | number)[], names: readonly string[]) => {
    const copy = structuredClone(event);
    const parent = path.reduce<unknown>(
      (value, key) => (value as StoredDocument)[key],
      copy,
    ) as StoredDocument;
    for (const name of names) delete parent[name];
    found.push({ what: [...path, names.join("|")].join("."), event: copy });
  };
  const visit = (
    value: unknown,
    schema: JsonSchema | undefined,
    path: readonly (string | number)[],
  ): void => {
    const target = schema?.$ref ? objects.get(schema.$ref) : schema;
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) visit(item, schema?.items, [...path, i]);
      return;
    }
    if (typeof value !== "object" || value === null || !target?.properties) return;
    for (const name of target.required ?? []) without(path, [name]);
    for (const choices of [target.anyOf, target.oneOf])
      if (choices)
        without(
          path,
          choices.flatMap(({ required }) => required),
        );
    for (const [name, item] of Object.entries(value)) visit(item, target.properties[name], [...path, name]);
  };
  visit(event, schemas.classes[String(event["class_uid"])], []);
  return found;
}
