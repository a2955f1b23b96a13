/** Pieces that both policies are made of. */

/** The requests that a policy is about. */
export function requests(
  apiGroups: string[],
  apiVersions: string[],
  resources: string[],
  operations: string[],
) {
  return { apiGroups, apiVersions, resources, operations };
}

/** A text of ours as CEL writes it. */
export function cel(text: string): string {
  return JSON.stringify(text);
}

/** A list of texts. */
export function celList(texts: readonly string[]): string {
  return `[${texts.map(cel).join(", ")}]`;
}

/** A value of ours. `dyn`: in the API server's CEL the values of a list or a map are else of one type. */
export function celValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => `dyn(${celValue(one)})`).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, one]) => `${cel(key)}: dyn(${celValue(one)})`)
    .join(", ")}}`;
}

/** A map of an object's metadata, empty where it has none. */
export function mapOf(object: "object" | "oldObject", field: "labels" | "annotations"): string {
  return `${object}.metadata.?${field}.orValue({})`;
}

/** That two maps are the same but for some of their keys. `keep` is a condition on the key `k`. */
export function sameExcept(a: string, b: string, keep: string): string {
  const within = (one: string, other: string) =>
    `${one}.all(k, ${keep} || (k in ${other} && ${one}[k] == ${other}[k]))`;
  return `${within(a, b)} && ${within(b, a)}`;
}
