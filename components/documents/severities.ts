/**
 * The one severity scale of all documents, `event.severity`: 5 critical, 4 high, 3 medium, 2 low, 1 informational.
 * Read by the collector's configuration, the Trivy reporter and the dashboards.
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

/** What each tool says, and its severity. */
export const SEVERITIES = {
  /** `priority` of an alert (falco.org, "Priorities"). */
  falco: {
    Emergency: 5,
    Alert: 5,
    Critical: 4,
    Error: 3,
    Warning: 3,
    Notice: 2,
    Informational: 1,
    Debug: 1,
  },
  /** The key that names an event's type. A kprobe, tracepoint, uprobe, USDT or LSM event is a match of a policy. */
  tetragon: {
    process_kprobe: 4,
    process_tracepoint: 4,
    process_uprobe: 4,
    process_lsm: 4,
    process_usdt: 4,
    process_exec: 2,
    process_exit: 1,
    process_loader: 1,
    // Tetragon about itself: events of a container were held back, or dropped.
    process_throttle: 2,
    rate_limit_info: 3,
  },
  /** `severity` of a vulnerability. */
  trivy: { CRITICAL: 5, HIGH: 4, MEDIUM: 3, LOW: 2, UNKNOWN: 1 },
  /** Inventory is a state, not a finding. */
  osquery: { state: 1 },
} as const satisfies Record<string, Record<string, Severity>>;
