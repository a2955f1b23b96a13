/**
 * The one severity scale of all documents, `event.severity`: 5 critical, 4 high, 3 medium, 2 low, 1 informational.
 * What each tool's own words mean on it is a table in the tool's folder.
 */
export const SEVERITY_NAMES = {
  5: "critical",
  4: "high",
  3: "medium",
  2: "low",
  1: "informational",
} as const;

export type Severity = keyof typeof SEVERITY_NAMES;

export const HIGHEST_SEVERITY: Severity = 5;

/** For a word that no table has: seen rather than buried. */
export const UNKNOWN_SEVERITY: Severity = 3;
