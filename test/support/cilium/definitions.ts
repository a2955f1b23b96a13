import { withoutDescriptions } from "../../../tools/generate/without-descriptions";

/** A definition as it is committed: of its metadata the name, and no description. */
export function committedDefinition(definition: Record<string, unknown>): string {
  const { metadata, ...rest } = definition as { metadata: { name: string } };
  const { apiVersion, kind, spec } = withoutDescriptions(rest) as Record<string, unknown>;
  return `${JSON.stringify({ apiVersion, kind, metadata: { name: metadata.name }, spec }, null, 1)}\n`;
}
