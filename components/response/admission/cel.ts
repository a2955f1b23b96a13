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
