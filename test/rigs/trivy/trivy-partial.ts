import assert from "node:assert/strict";

/** Asserts that `actual` has what `expected` has; what else it has is not looked at. */
export function assertHas(actual: unknown, expected: object): void {
  assert.deepEqual(pick(actual, expected), expected);
}

function pick(actual: unknown, expected: unknown): unknown {
  if (!isMap(actual) || !isMap(expected)) return actual;
  return Object.fromEntries(Object.keys(expected).map((key) => [key, pick(actual[key], expected[key])]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
