import { literal } from "../documents/ottl";

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
