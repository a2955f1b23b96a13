/** What one kind of pod or object may do that nothing else may. */
export interface Exception {
  /** The policy that would refuse it. */
  policy: string;
  /** In which containers; all of the pod where left out. */
  containers?: readonly string[];
  /** What is allowed: a capability, a host path, a field, as the policy names it. */
  items: readonly string[];
  /** The host path may be mounted writable. */
  writable?: boolean;
  reason: string;
  /** Where the fact behind it can be read. */
  source: string;
}

export interface ExceptionsOf {
  /** Labels of the pods, or of an object without pods. */
  labels: Readonly<Record<string, string>>;
  /** Who looks whether they are still needed. */
  owner: string;
  /** By which day (YYYY-MM-DD); a test fails after it. */
  until: string;
  exceptions: readonly Exception[];
}
