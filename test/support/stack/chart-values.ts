/** Keys of `values` that a chart's values.yaml does not have; what that leaves an empty map is free. */
export function unknownKeys(values: object, known: Record<string, unknown>, path = ""): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    if (!(key in known)) return [`${path}${key}`];
    const below = known[key];
    const nested = isMap(value) && isMap(below) && Object.keys(below).length > 0;
    return nested ? unknownKeys(value, below, `${path}${key}.`) : [];
  });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
