import { literal } from "../documents/ottl";

/** The key that names an event's type, while its line becomes a document. */
export const TYPE = 'log.cache["type"]';

/** A field of what is under the event's type key: `{"process_exec": {"process": ...}}`. */
export function event(...keys: string[]): string {
  return ['log.cache["event"]', ...keys.map((key) => `[${literal(key)}]`)].join("");
}
