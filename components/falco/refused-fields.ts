import { and, field, literal, set, setMap } from "../documents/ottl";

/**
 * Alerts whose fields Elasticsearch would refuse, and the whole document with them: an attacker's way to have an event
 * disappear. Both rules are those of a flattened field.
 */

const NUL = 'log.cache["nul"]';
const KEY_WITH_NUL = '"(?:[^"\\\\]|\\\\.)*\\\\u0000(?:[^"\\\\]|\\\\.)*"\\s*:';
const ESCAPED_BACKSLASH = "\\\\\\\\";

/**
 * Elasticsearch refuses a document with a NUL in a key of a flattened field (FlattenedFieldParser), so that whoever gets
 * one into a key hides the event. Such a line has U+FFFD for every NUL, in its values too. A backslash that is escaped is
 * written another way first: what is left before `u0000` is an escape then.
 */
export function withoutNulInKeys(): string[] {
  const replace = (pattern: string, by: string) =>
    `replace_pattern(log.body, ${literal(pattern)}, ${literal(by)}) where ${NUL} == true`;
  return [
    `set(${NUL}, true) where IsMatch(log.body, ${literal("\\\\u0000")}) and IsMatch(log.body, ${literal(KEY_WITH_NUL)})`,
    replace(ESCAPED_BACKSLASH, "\\u005c"),
    replace("\\\\u0000", "\\ufffd"),
  ];
}

const LONG = 'log.cache["long"]';
/** Below Lucene's 32766 bytes for a term, which is a key, of nested maps all keys, and the value. No term is longer than its line. */
const LONGEST = 32_000;

/** For {@link setFlattened}, before the line is parsed. */
export function markLongLine(): string {
  return `set(${LONG}, true) where Len(log.body) > ${LONGEST}`;
}

/** Sets a flattened field to a map of the alert; where it may hold too long a term, to its text, which is not searched. */
export function setFlattened(name: string, map: string): string[] {
  return [
    setMap(name, map, `${LONG} == nil or Len(String(${map})) <= ${LONGEST}`),
    set(`${name}.json`, `String(${map})`, and(`IsMap(${map})`, `${field(name)} == nil`)),
  ];
}
