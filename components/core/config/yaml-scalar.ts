// What a plain YAML scalar means to Pulumi, which reads its files with Go's yaml.v3: a mixture of YAML 1.1 and 1.2 that
// no option of a JavaScript parser gives (`0700` is octal, `0x10` and `1_000` are numbers, `yes` is text, a date is a
// time). Source: gopkg.in/yaml.v3 v3.0.1, resolve.go.

/** Tags by their short names; others are "!name" or "!!name". */
export type Tag = string;

export interface Resolved {
  tag: Tag;
  /** A bigint is an integer, a number a float; a time is its text as Go's `Time.String()` gives it. */
  value: null | boolean | bigint | number | string;
}

const CONSTANTS = new Map<string, Resolved>([
  ...constant("!!bool", true, "true", "True", "TRUE"),
  ...constant("!!bool", false, "false", "False", "FALSE"),
  ...constant("!!null", null, "", "~", "null", "Null", "NULL"),
  ...constant("!!float", Number.NaN, ".nan", ".NaN", ".NAN"),
  ...constant("!!float", Number.POSITIVE_INFINITY, ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"),
  ...constant("!!float", Number.NEGATIVE_INFINITY, "-.inf", "-.Inf", "-.INF"),
]);

function constant(tag: Tag, value: Resolved["value"], ...texts: string[]): [string, Resolved][] {
  return texts.map((text) => [text, { tag, value }]);
}

/** Tags whose scalars are looked at; of any other the text is taken as it is. */
const LOOKED_AT = ["", "!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp"];

/**
 * A scalar's meaning.
 * @param tag as written, short; "" without one
 * @returns undefined where the text is none of that tag
 */
export function resolveScalar(tag: Tag, text: string): Resolved | undefined {
  if (!LOOKED_AT.includes(tag)) return { tag, value: text };
  const found = tag === "!!str" ? undefined : guess(tag, text);
  if (tag === "" || tag === "!!str") return found ?? { tag: "!!str", value: text };
  if (found?.tag === tag) return found;
  if (tag === "!!float" && typeof found?.value === "bigint") return { tag, value: Number(found.value) };
  return undefined;
}

function guess(tag: Tag, text: string): Resolved | undefined {
  if (text !== "" && !/^[-+\d.yYnNtTfFoO~]/.test(text)) return undefined;
  const known = CONSTANTS.get(text);
  if (known) return known;
  if (text.startsWith(".")) return float(/^\.\d+([eE][-+]?\d+)?$/, text);
  if (!/^[-+\d]/.test(text)) return undefined;
  const time = tag === "" || tag === "!!timestamp" ? timestamp(text) : undefined;
  if (time !== undefined) return { tag: "!!timestamp", value: time };
  const plain = text.replaceAll("_", "");
  const integer = parseInteger(plain);
  if (integer !== undefined) return { tag: "!!int", value: integer };
  return float(/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/, plain);
}

/** None where it is too large for a double: that is text. */
function float(shape: RegExp, text: string): Resolved | undefined {
  const value = shape.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? { tag: "!!float", value } : undefined;
}

const BASES = [
  { digits: /^0[xX]([0-9a-fA-F]+)$/, prefix: "0x" },
  { digits: /^0[bB]([01]+)$/, prefix: "0b" },
  { digits: /^0[oO]([0-7]+)$/, prefix: "0o" },
  { digits: /^0([0-7]+)$/, prefix: "0o" },
  { digits: /^(0|[1-9]\d*)$/, prefix: "" },
];

/** As strconv.ParseInt and ParseUint with base 0: 64 bits, and unsigned without a sign only. */
function parseInteger(text: string): bigint | undefined {
  const sign = /^[-+]/.exec(text)?.[0] ?? "";
  const magnitude = text.slice(sign.length);
  for (const { digits, prefix } of BASES) {
    const found = digits.exec(magnitude)?.[1];
    if (found === undefined) continue;
    const value = BigInt(prefix + found) * (sign === "-" ? -1n : 1n);
    const highest = sign === "" ? 2n ** 64n : 2n ** 63n;
    return value >= -(2n ** 63n) && value < highest ? value : undefined;
  }
  return undefined;
}

const TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:([Tt])| )(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[-+]\d\d:\d\d)?)?$/;

/** A date or time that Go's time.Parse takes in one of yaml.v3's four formats, as Go's Time.String() writes it. */
function timestamp(text: string): string | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, year, month, day, t, hour = "0", minute = "0", second = "0", fraction, zone] = match;
  // With a "T" there is a zone, after a space there is none.
  if (match[5] !== undefined && (t === undefined) !== (zone === undefined)) return undefined;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as Six;
  const [zoneHours, zoneMinutes] = (zone?.slice(1) || "00:00").split(":").map(Number) as [number, number];
  if (mo < 1 || mo > 12 || d < 1 || d > daysIn(y, mo)) return undefined;
  if (h > 23 || mi > 59 || s > 59 || zoneHours > 24 || zoneMinutes > 60) return undefined;
  const clock = [h, mi, s].map((part) => String(part).padStart(2, "0")).join(":");
  const nanoseconds = (fraction ?? "").slice(0, 9).replace(/0+$/, "");
  const date = `${year}-${String(mo).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
  return `${date} ${clock}${nanoseconds && `.${nanoseconds}`} ${zoneText(zone)}`;
}

type Six = [number, number, number, number, number, number];

function zoneText(zone: string | undefined): string {
  const digits = zone === undefined || zone === "Z" ? "+0000" : zone.replace(":", "");
  return /^[-+]0000$/.test(digits) ? "+0000 UTC" : `${digits} ${digits}`;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year < 100 ? year + 400 : year, month, 0)).getUTCDate();
}
