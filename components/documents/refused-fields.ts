import { and, field, LINE, literal, set } from "./ottl";

/**
 * Values that Elasticsearch would refuse, and the whole document with them: an attacker's way to have an event disappear.
 * A request to the API server has keys of its client's choosing, an alert those that a rule reads from a process. All rules
 * are those of a flattened field (elastic/elasticsearch, FlattenedFieldParser).
 */

const NUL = 'log.cache["nul"]';
const KEY_WITH_NUL = '"(?:[^"\\\\]|\\\\.)*\\\\u0000(?:[^"\\\\]|\\\\.)*"\\s*:';
const ESCAPED_BACKSLASH = "\\\\\\\\";

/**
 * Elasticsearch refuses a NUL in a key, so that whoever gets one into a key hides the event. JSON text with such a key has
 * U+FFFD for every NUL, in its values too. A backslash that is escaped is written another way first: what is left before
 * `u0000` is an escape then.
 * @param json OTTL value of the text, before it is parsed
 */
export function withoutNulInKeys(json: string): string[] {
  const replace = (pattern: string, by: string) =>
    `replace_pattern(${json}, ${literal(pattern)}, ${literal(by)}) where ${NUL} == true`;
  const has = (pattern: string) => `IsMatch(${json}, ${literal(pattern)})`;
  return [
    `set(${NUL}, true) where Index(${json}, ${literal("\\u0000")}) >= 0 and ${has(KEY_WITH_NUL)}`,
    replace(ESCAPED_BACKSLASH, "\\u005c"),
    replace("\\\\u0000", "\\ufffd"),
  ];
}

const SUSPECT = 'log.cache["suspect"]';
/** Below Lucene's 32766 bytes for a term, which is a key, of nested maps all keys, and the value. No term is longer than its line. */
const LONGEST = 32_000;
/**
 * Maps and lists that a text may open, of each: with twice as many it could be deeper than the 1000 that Elasticsearch reads
 * (XContent's limit, and ours of flattened fields), and without counting what is closed again.
 */
const MOST_BRACKETS = 450;

const hasMany = (text: string) =>
  ["{", "["].map((bracket) => `Len(Split(${text}, "${bracket}")) > ${MOST_BRACKETS}`).join(" or ");

/** For {@link setFlattened}: what is true of no line is true of none of its fields, which then cost nothing. */
export function markSuspectLine(): string {
  return `set(${SUSPECT}, true) where Len(${LINE}) > ${LONGEST} or ${hasMany(LINE)}`;
}

/**
 * Sets a flattened field to a map or a list; where Elasticsearch may refuse it, to its text under `json`, which is kept and
 * not searched.
 */
export function setFlattened(name: string, value: string, where?: string): string[] {
  const isOne = and(`IsMap(${value}) or IsList(${value})`, where);
  const text = `String(${value})`;
  const fits = `${SUSPECT} == nil or (Len(${text}) <= ${LONGEST} and not (${hasMany(text)}))`;
  return [set(name, value, and(isOne, fits)), set(`${name}.json`, text, and(isOne, `${field(name)} == nil`))];
}
