/**
 * Reads a document by field names in dotted notation. What is in a document was made by programs that an attacker may
 * run: a value of another type than the one that is asked for is as if it were not there.
 */
export class DocumentReader {
  constructor(readonly source: Readonly<Record<string, unknown>>) {}

  /** A text that is not empty; a number or a truth value in words. */
  text(name: string): string | undefined {
    const value = this.value(name);
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  /** A whole number, or digits, that a JSON reader elsewhere takes without loss. */
  integer(name: string): number | undefined {
    const value = this.value(name);
    const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
    return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
  }

  /** Milliseconds since 1970 of a date in text. */
  time(name: string): number | undefined {
    const value = this.value(name);
    const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
    return Number.isNaN(time) ? undefined : time;
  }

  /** Milliseconds since 1970 of a count of seconds. */
  seconds(name: string): number | undefined {
    const seconds = this.integer(name);
    return seconds !== undefined && seconds > 0 && Number.isSafeInteger(seconds * 1000)
      ? seconds * 1000
      : undefined;
  }

  /** The texts of a list; one alone counts as a list of one, as in Elasticsearch. */
  texts(name: string): string[] {
    const value = this.value(name);
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.filter((item): item is string => typeof item === "string" && item !== "");
  }

  /** The objects of a list, each with its own reader. */
  objects(name: string): DocumentReader[] {
    const value = this.value(name);
    return Array.isArray(value) ? value.filter(isObject).map((item) => new DocumentReader(item)) : [];
  }

  /** An object as it is. */
  object(name: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.value(name);
    return isObject(value) ? value : undefined;
  }

  /** A reader of what is below a field: of columns, whose names may have dots. */
  below(name: string): DocumentReader {
    return new DocumentReader(this.object(name) ?? {});
  }

  private value(name: string): unknown {
    let value: unknown = this.source;
    for (const key of name.split(".")) {
      if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
      value = value[key];
    }
    return value;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
