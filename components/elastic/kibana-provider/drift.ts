import { isDeepStrictEqual } from "node:util";

/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * What was asked for, with what somebody has changed since put into it: Kibana answers with defaults of its own beside what
 * it was given, so what it says now is compared with what it said before.
 * @param asked What the program wants.
 * @param before Kibana's answer right after that was written.
 * @param now Its answer today.
 */
export function withDrift(asked: Json | undefined, before: Json | undefined, now: Json): Json {
  if (isDeepStrictEqual(before, now)) return asked === undefined ? now : asked;
  if (isObject(asked) && isObject(before) && isObject(now)) {
    const keys = new Set([...Object.keys(asked), ...Object.keys(now)]);
    return Object.fromEntries([...keys].flatMap((key) => driftOfKey(key, asked, before, now)));
  }
  if (Array.isArray(asked) && Array.isArray(before) && Array.isArray(now))
    if (asked.length === now.length && before.length === now.length)
      return now.map((item, index) => withDrift(asked[index], before[index], item));
  return now;
}

type JsonObject = { [key: string]: Json };

function driftOfKey(key: string, asked: JsonObject, before: JsonObject, now: JsonObject): [string, Json][] {
  const [wanted, was, is] = [asked[key], before[key], now[key]];
  if (isDeepStrictEqual(was, is)) return wanted === undefined ? [] : [[key, wanted]];
  return is === undefined ? [] : [[key, withDrift(wanted, was, is)]];
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
