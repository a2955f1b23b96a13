/**
 * Reading of resources that may have any shape: a string where a list belongs, null for a map. What does not
 * fit reads as absent, and the policy that needs it says so. Only an unknown value of a preview throws
 * (`UnknownValueError`), as every access to it does.
 */

export type Path = readonly (string | number)[];

/** The value at a path; undefined where there is none. */
export function at(value: unknown, ...path: Path): unknown {
  return path.reduce<unknown>((here, key) => {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    return (here as Record<string | number, unknown>)[key];
  }, value);
}

/** The map at a path; empty where there is none. */
export function mapAt(value: unknown, ...path: Path): Record<string, unknown> {
  const found = at(value, ...path);
  return isMap(found) ? found : {};
}

/** The list at a path; empty where there is none. */
export function listAt(value: unknown, ...path: Path): unknown[] {
  const found = at(value, ...path);
  // A copy: Pulumi hands out proxies, and Array.map of one fails where two are nested, as in remediations
  // (@pulumi/policy 1.21: secret.js lacks what proxy.js does for non-configurable properties).
  return Array.isArray(found) ? Array.from({ length: found.length }, (_, index) => found[index]) : [];
}

/** The text at a path; undefined where there is none. A number reads as its text, as YAML's authors mean it. */
export function textAt(value: unknown, ...path: Path): string | undefined {
  const found = at(value, ...path);
  if (typeof found === "number") return String(found);
  return typeof found === "string" ? found : undefined;
}

/** The texts in the list at a path. */
export function textsAt(value: unknown, ...path: Path): string[] {
  return listAt(value, ...path).filter((item) => typeof item === "string");
}

/** The map of texts at a path, for labels and annotations. */
export function textMapAt(value: unknown, ...path: Path): Record<string, string> {
  const entries = Object.entries(mapAt(value, ...path));
  return Object.fromEntries(entries.map(([key, entry]) => [key, String(entry)]));
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as a message shows it: short, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** True when the labels have all that the selector asks for. */
export function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
