import type { Severity } from "../documents/severities";

/** `event.severity` by what became of a connection, which is `event.action` of its document. */
export const CONNECTION_SEVERITIES = {
  connected: 1,
  // It ended otherwise than by its ends, mostly for no reason that matters: a proxy that restarts, a client that hangs up.
  failed: 1,
  // What STRICT would refuse.
  "plaintext-seen": 2,
  "plaintext-refused": 3,
  // By a policy that denies just this, or for want of one that allows it.
  refused: 3,
  "tls-failed": 3,
} as const satisfies Record<string, Severity>;

export type Outcome = keyof typeof CONNECTION_SEVERITIES;
