/**
 * Small builders of OTTL, the OpenTelemetry Transformation Language (opentelemetry-collector-contrib pkg/ottl).
 * They exist for what is easy to get wrong by hand: quoting, nested keys (`a.b` is two maps deep, not a key with
 * a dot) and types (a wrong one makes Elasticsearch refuse the whole document).
 */

/** A string literal. `$` starts a variable in a collector's configuration, so it is doubled. */
export function literal(text: string): string {
  return JSON.stringify(text).replaceAll("$", "$$$$");
}

/** A field of the parsed line, by its keys: `source("output_fields", "k8s.ns.name")`. */
export function source(...keys: string[]): string {
  return path('log.cache["source"]', keys);
}

/** A field of the document in dotted notation: `field("event.kind")` is the key `kind` in the map `event`. */
export function field(name: string): string {
  return path("log.body", name.split("."));
}

/** Sets a field to a string, if the value is one. */
export function setText(name: string, value: string, where?: string): string {
  return set(name, value, and(`IsString(${value})`, where));
}

/** Sets a field to an integer, where the value is a number or digits. */
export function setInt(name: string, value: string, where?: string): string {
  return set(name, `Int(${value})`, and(`${value} != nil`, where));
}

/** Sets a field to a map, if the value is one. */
export function setMap(name: string, value: string, where?: string): string {
  return set(name, value, and(`IsMap(${value})`, where));
}

/** Sets a field to a list, if the value is one. */
export function setList(name: string, value: string, where?: string): string {
  return set(name, value, and(`IsList(${value})`, where));
}

/** Sets a field to any value; nothing happens where the value is missing. */
export function set(name: string, value: string, where?: string): string {
  return `set(${field(name)}, ${value})${where ? ` where ${where}` : ""}`;
}

/** True where the value is one of the words. */
export function isOneOf(value: string, words: readonly string[]): string {
  return words.map((word) => `${value} == ${literal(word)}`).join(" or ");
}

export function and(...conditions: (string | undefined)[]): string {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 1 ? given[0]! : given.map((condition) => `(${condition})`).join(" and ");
}

/** A hash of several string values; the separator keeps ("ab", "c") apart from ("a", "bc"). */
export function hash(values: readonly string[]): string {
  return `SHA256(Concat([${values.join(", ")}], "\\n"))`;
}

function path(root: string, keys: readonly string[]): string {
  return root + keys.map((key) => `[${literal(key)}]`).join("");
}

/** Statements that set `event.severity` from what the tool says, by one of the tables in severity.ts. */
export function setSeverity(value: string, table: Readonly<Record<string, number>>): string[] {
  const levels = [...new Set(Object.values(table))].sort();
  return levels.map((level) => {
    const words = Object.keys(table).filter((word) => table[word] === level);
    return set("event.severity", String(level), isOneOf(value, words));
  });
}
