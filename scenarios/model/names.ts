/** Namespace of the test pods that meet Pod Security "restricted". */
export const NAMESPACE = "ctem-test";
/** Namespace of the one pod that an escape needs: "restricted" can't hold it. */
export const ESCAPE_NAMESPACE = "ctem-test-escape";
/** Label by which everything that a run made is found again. */
export const RUN_LABEL = "security-stack/scenarios";

/** Namespace of a pod of the scenarios. */
export function namespaceOf(pod: string): string {
  return pod === "escape-box" ? ESCAPE_NAMESPACE : NAMESPACE;
}

/** Namespace that an attack makes in order to delete it. */
export const DOOMED_NAMESPACE = "ctem-doomed";

/** Of namespaces that an attack makes in order to ask in them for what has to be refused. */
export const REFUSED_PREFIX = "ctem-refused-";

/** Why nothing tries what only packets show. */
export const NEEDS_DATA_PLANE =
  "it takes pods that send packets; docs/zero-trust.md has the commands, to be run by hand";

/** In a field that is expected: the user that the attacks are made as. */
export const ATTACKER = "{attacker}";

/** Who finds chains of events, as a sensor finds events: value of `labels.security_tool`, and the feature's name. */
export const CORRELATION = "correlation";

/** The indices as the stack config names them by default. */
export const DEFAULT_INDICES = {
  events: "security-events",
  inventory: "security-inventory",
  audit: "security-audit",
  vulnerabilities: "security-vuln",
  correlations: "security-correlations",
} as const;
