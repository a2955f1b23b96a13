import type { Severity } from "../documents/severities";

/** Of a reason that is not in the table: what the data path could not do, mostly with packets that are none. */
export const OTHER_REASON: Severity = 1;

/**
 * `event.severity` by the reason of a drop (cilium/cilium v1.20, api/v1/flow/flow.proto: DropReason). Where all is denied
 * but what is listed, a denied connection is as often a forgotten rule as an attack.
 */
export const DROP_SEVERITIES = {
  POLICY_DENIED: 2,
  // By a rule that denies, which somebody wrote for just this.
  POLICY_DENY: 3,
  AUTH_REQUIRED: 3,
  UNENCRYPTED_TRAFFIC: 3,
  // A pod sends with an address that is not its own.
  INVALID_SOURCE_IP: 4,
  DENIED_BY_LB_SRC_RANGE_CHECK: 2,
  ENCAPSULATION_TRAFFIC_IS_PROHIBITED: 3,
  // Tables of the agent that are full: connections are lost.
  CT_MAP_INSERTION_FAILED: 3,
  NO_MAPPING_FOR_NAT_MASQUERADE: 3,
} as const satisfies Record<string, Severity>;

/** Drops by a decision, not for want of something. */
export const REFUSALS = [
  ...["POLICY_DENIED", "POLICY_DENY", "AUTH_REQUIRED", "UNENCRYPTED_TRAFFIC", "INVALID_SOURCE_IP"],
  ...["DENIED_BY_LB_SRC_RANGE_CHECK", "ENCAPSULATION_TRAFFIC_IS_PROHIBITED"],
];

/** A table of the agent has no room for another connection. */
export const FULL_TABLES = ["CT_MAP_INSERTION_FAILED", "NO_MAPPING_FOR_NAT_MASQUERADE"];
