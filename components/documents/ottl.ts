/**
 * Small builders of OTTL, the OpenTelemetry Transformation Language (opentelemetry-collector-contrib pkg/ottl).
 * They exist for what is easy to get wrong by hand: quoting, nested keys (`a.b` is two maps deep, not a key with
 * a dot) and types (a wrong one makes Elasticsearch refuse the whole document).
 */

/** A string literal. `$` starts a variable in a collector's configuration, so it is doubled. */
export function literal(text: string): string {
  return JSON.stringify(text).replaceAll("$", "$$$$");
}

/** The line as it was read: part of a document's identity where no other of its values tells all events apart. */
export const LINE = 'log.cache["line"]';

/** A field of the parsed line, by its keys: `source("output_fields", "k8s.ns.name")`. */
export function source(...keys: string[]): string {
  return path('log.cache["source"]', keys);
}

/** A field of the document in dotted notation: `field("event.kind")` is the key `kind` in the map `event`. */
export function field(name: string): string {
  return path("log.body", name.split("."));
}

/** Sets a field to a text; a value of another type is written as JSON. Nothing happens where it is missing. */
export function setText(name: string, value: string, where?: string): string {
  return set(name, `String(${value})`, where);
}

/** Sets a field to an integer, where the value is a number or digits. */
export function setInt(name: string, value: string, where?: string): string {
  return set(name, `Int(${value})`, where);
}

/** JSON of the value that {@link setList} was given for a field; not set where it is no list. */
export function listText(name: string): string {
  return `log.cache[${literal(`list.${name}`)}]`;
}

/** Sets a field to a list of texts or numbers, if the value is one; of a list with others in it, to its JSON. */
export function setList(name: string, value: string): string[] {
  const text = listText(name);
  // Looked for one by one: a pattern without a text to begin with is tried at every character.
  const isNested = ["[[", "[{", ",[", ",{"]
    .map((start) => `Index(${text}, ${literal(start)}) >= 0`)
    .join(" or ");
  return [
    `set(${text}, String(${value})) where IsList(${value})`,
    set(name, value, `${text} != nil and not (${isNested})`),
    set(name, text, `${text} != nil and ${field(name)} == nil`),
  ];
}

/** Sets a field to any value; nothing happens where the value is missing. */
export function set(name: string, value: string, where?: string): string {
  return `set(${field(name)}, ${value})${where ? ` where ${where}` : ""}`;
}

/** The value at a key of one of the mapping's `lookups`. */
export function lookup(name: string, key: string): string {
  return `${lookupMap(name)}[${key}]`;
}

/** Where the pipeline puts a lookup: on the resource, once for all of its records. */
export function lookupMap(name: string): string {
  return `resource.attributes[${literal(`lookup.${name}`)}]`;
}

/** A constant value of JSON as OTTL has it. */
export function constant(value: unknown): string {
  if (typeof value === "string") return literal(value);
  if (Array.isArray(value)) return `[${value.map(constant).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${literal(key)}: ${constant(item)}`);
  return `{${entries.join(", ")}}`;
}

export function and(...conditions: (string | undefined)[]): string {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 1 ? given[0]! : given.map((condition) => `(${condition})`).join(" and ");
}

/**
 * A hash of several string values; the separator keeps ("ab", "c") apart from ("a", "bc"). Cryptographic, though cut to
 * 128 bits: who could make two events of one hash could make the second disappear as a repetition of the first.
 */
export function hash(values: readonly string[]): string {
  return `Substring(SHA256(Concat([${values.join(", ")}], "\\n")), 0, 32)`;
}

function path(root: string, keys: readonly string[]): string {
  return root + keys.map((key) => `[${literal(key)}]`).join("");
}
