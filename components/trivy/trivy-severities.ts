import type { Severity } from "../documents/severities";

/** `event.severity` of a finding by the `severity` of its vulnerability. */
export const TRIVY_SEVERITIES = {
  CRITICAL: 5,
  HIGH: 4,
  MEDIUM: 3,
  LOW: 2,
  UNKNOWN: 1,
} as const satisfies Record<string, Severity>;
