import { isRecord } from "../../components/core/config/issues";

/**
 * A definition of a kind without the descriptions of its schema, which are most of it. What the API server takes by it is the
 * same. A field that is called `description` stays, as what is below `properties` are fields.
 */
export function withoutDescriptions(value: unknown, ofFields = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutDescriptions(item));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(
    ([key, inner]) => ofFields || key !== "description" || typeof inner !== "string",
  );
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, withoutDescriptions(inner, key === "properties" && !ofFields)]),
  );
}
