import { isRecord } from "../../../components/core/config/issues";

/**
 * A definition as it is committed: of its metadata the name, and no description, of which two thirds of it consist. What
 * the API server takes by it is the same.
 */
export function withoutDescriptions(definition: Record<string, unknown>): string {
  const { metadata, ...rest } = definition as { metadata: { name: string } };
  const { apiVersion, kind, spec } = bare(rest) as Record<string, unknown>;
  return `${JSON.stringify({ apiVersion, kind, metadata: { name: metadata.name }, spec }, null, 1)}\n`;
}

/** A field that is called `description` stays, as what is below `properties` are fields. */
function bare(value: unknown, ofFields = false): unknown {
  if (Array.isArray(value)) return value.map((item) => bare(item));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(
    ([key, inner]) => ofFields || key !== "description" || typeof inner !== "string",
  );
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, bare(inner, key === "properties" && !ofFields)]),
  );
}
