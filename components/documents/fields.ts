/**
 * Types of index fields, and fields of ECS that several tools' documents have. Objects are nested, never keys with
 * dots, so that one name can't be an object here and a value there.
 */
export type FieldType = Readonly<Record<string, unknown>>;

/** Properties of an Elasticsearch mapping: a type, or an object of further fields. */
export interface FieldMap {
  readonly [name: string]: FieldType | { readonly properties: FieldMap };
}

// Lucene refuses a term of more than 32766 bytes, and Elasticsearch with it the whole document. A character is
// at most four bytes (Elasticsearch docs, "ignore_above").
const IGNORE_ABOVE = 8191;

export const KEYWORD: FieldType = { type: "keyword", ignore_above: IGNORE_ABOVE };
/** Substrings: command lines, paths. */
export const WILDCARD: FieldType = { type: "wildcard", ignore_above: IGNORE_ABOVE };
export const TEXT: FieldType = { type: "text" };
export const DATE: FieldType = { type: "date" };
export const LONG: FieldType = { type: "long" };
export const INTEGER: FieldType = { type: "integer" };
export const DOUBLE: FieldType = { type: "double" };
export const BOOLEAN: FieldType = { type: "boolean" };
export const FLOAT: FieldType = { type: "float" };
/**
 * Any keys, all of them searched as keywords: whoever names a label or a column can't add fields to the index.
 * The depth is that of JSON itself here, not 20, beyond which the document would be refused.
 */
export const FLATTENED: FieldType = { type: "flattened", ignore_above: IGNORE_ABOVE, depth_limit: 1000 };

export function object(properties: FieldMap): { properties: FieldMap } {
  return { properties };
}

/** ECS `rule`. */
export const RULE = object({ name: KEYWORD });

/** ECS `process`: of the process that an event is about. */
export const PROCESS = object({
  name: KEYWORD,
  executable: WILDCARD,
  command_line: WILDCARD,
  arguments: WILDCARD,
  working_directory: KEYWORD,
  pid: LONG,
  exit_code: LONG,
  entity_id: KEYWORD,
  parent: object({ name: KEYWORD, executable: WILDCARD, entity_id: KEYWORD }),
});

/** Of a document that is one of a sample: per cent of such events that are kept. */
export const SAMPLED_PERCENT = "event.sampled_percent";

/** Of a document that an exception mutes: who answers for that, and why. No alert rule counts it. */
export const EXCEPTED = "labels.excepted";

/** Of a document about events that a pod's limit held back: how many those are. */
export const SUPPRESSED = "event.suppressed";

/** Type by full name of each field in the properties of a mapping. */
export function fieldTypes(properties: object, prefix = ""): Record<string, string> {
  const types: Record<string, string> = {};
  for (const [name, field] of Object.entries(properties)) {
    const { type, properties } = field as { type?: string; properties?: object };
    if (type) types[prefix + name] = type;
    if (properties) Object.assign(types, fieldTypes(properties, `${prefix}${name}.`));
  }
  return types;
}
