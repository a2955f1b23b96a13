import { z } from "zod";
import { envelopeWith } from "../../components/core/config/envelope-schema";
import type { Feature } from "../../components/core/contract/feature";
import { NODE_AGENT } from "../../components/core/plan/overrides";

/** JSON Schema as zod writes it, as far as the two pages below read it. */
interface JsonSchema {
  [keyword: string]: unknown;
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  minimum?: number;
  maximum?: number;
}

const PREFIX = "security-stack:";

function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest as JsonSchema;
}

function envelopeOf(registry: readonly Feature[]): JsonSchema {
  return toJsonSchema(envelopeWith(registry.flatMap(({ sinks = [] }) => sinks)));
}

/** JSON Schema of a `Pulumi.<stack>.yaml`, for editors: the envelope, and each feature's own config. */
export function configJsonSchema(registry: readonly Feature[]): JsonSchema {
  const envelope = envelopeOf(registry);
  const properties = envelope.properties ?? {};
  const listed = registry.flatMap(({ name, schema }) => (schema ? [{ name, schema }] : []));
  const names = listed.map((feature) => feature.name);
  const entry = properties["features"]?.items ?? {};
  const features = {
    ...properties["features"],
    items: {
      ...entry,
      properties: { ...entry.properties, name: { ...entry.properties?.["name"], enum: names } },
      allOf: listed.map((feature) => ({
        if: { properties: { name: { const: feature.name } }, required: ["name"] },
        // biome-ignore lint/suspicious/noThenProperty: `then` is JSON Schema's keyword
        then: { properties: { config: toJsonSchema(feature.schema) } },
      })),
    },
  };
  const toggle = {
    ...properties["toggle"],
    propertyNames: { enum: registry.map((feature) => feature.name) },
  };
  const targets = [NODE_AGENT, ...registry.flatMap((feature) => feature.workloads)];
  const override = { ...properties["override"], propertyNames: { enum: targets } };
  const all = { ...properties, features, toggle, override };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Stack config of Security Stack",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(Object.entries(all).map(([key, value]) => [PREFIX + key, value])),
        required: (envelope.required ?? []).map((key) => PREFIX + key),
      },
    },
  };
}

/** The page of all keys: type, default, meaning. */
export function configReference(registry: readonly Feature[]): string {
  const envelope = envelopeOf(registry).properties ?? {};
  const sections = Object.entries(envelope).map(([key, schema]) => section(`${PREFIX}${key}`, schema));
  const features = registry.map((feature) => {
    const targets = `Override targets: ${feature.workloads.map((workload) => `\`${workload}\``).join(", ") || "none"}.`;
    if (!feature.schema)
      return `### ${feature.title}: \`${feature.name}\`\n\nConfigured above, outside of \`features\`. ${targets}`;
    const heading = `${feature.title}: \`features[].config\` of \`${feature.name}\``;
    return `${section(heading, toJsonSchema(feature.schema))}\n\n${targets}`;
  });
  return [
    "# Config reference",
    "Generated from the schemas by `npm run docs`; a test fails when it is stale. Set a key with `pulumi config set --path '<key>' <value>`.",
    ...sections,
    "## Features",
    ...features,
    "",
  ].join("\n\n");
}

function section(title: string, schema: JsonSchema): string {
  const rows = rowsOf(schema, "");
  const heading = `### ${title.startsWith(PREFIX) ? `\`${title}\`` : title}`;
  const intro = schema.description ? [schema.description] : [];
  if (rows.length === 0) return [heading, ...intro].join("\n\n");
  const table = ["| key | type | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
  return [heading, ...intro, table].join("\n\n");
}

function rowsOf(schema: JsonSchema, path: string): string[] {
  const child =
    schema.items ??
    (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
  if (child && (child.properties || child.items))
    return rowsOf(child, `${path}${schema.items ? "[]" : ".<name>"}`);
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const here = path ? `${path}.${key}` : key;
    const row = `| \`${here}\` | ${typeOf(value)} | ${defaultOf(value, schema.required?.includes(key) ?? false)} | ${escapeCell(value.description ?? "")} |`;
    return [row, ...rowsOf(value, here)];
  });
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === "integer" && schema.minimum !== undefined && schema.maximum !== undefined)
    return `integer, ${schema.minimum} to ${schema.maximum}`;
  return schema.type === "object" ? "map" : (schema.type ?? "any");
}

function defaultOf(schema: JsonSchema, required: boolean): string {
  if (required) return "required";
  if (schema.default === undefined) return "";
  const text = JSON.stringify(schema.default);
  return text.length > 80 || text === "{}" ? "" : escapeCell(`\`${text}\``);
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
