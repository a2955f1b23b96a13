/** What the responder writes on objects of the cluster: names that its program, its policies and the command share. */

/** The only label of a quarantined pod; its value is the action's id. */
export const QUARANTINE_LABEL = "security-stack/quarantine";
/** Annotation of a quarantined pod: the labels that it had, "a=b,c=d". No label's key or value has a comma or an equals sign. */
export const KEPT_LABELS = "security-stack/quarantine-labels";
/** Annotation of a pod: what was found in it. */
export const FINDING = "security-stack/finding";
/** Annotation of a pod by which a ReplicaSet chooses whom to delete first (kubernetes.io, ReplicaSet: pod deletion cost). */
export const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

/** Of a quarantine's NetworkPolicy, before the action's id. */
export const POLICY_PREFIX = "security-stack-quarantine-";

/** Of an action's ConfigMap, before its id. */
export const RECORD_PREFIX = "response-";
/** Label of such a ConfigMap; its value is the kind of action. */
export const RECORD_LABEL = "security-stack/response";
/** A ConfigMap of this name beside them stops all actions. */
export const STOP = "stop";

/** Annotations of an action's ConfigMap that the responder writes. */
export const PHASE = "security-stack/phase";
export const REASON = "security-stack/reason";
/** When it came into its phase. */
export const SINCE = "security-stack/since";
/** The phase that is in the audit index already. */
export const AUDITED = "security-stack/audited";

/** Annotations that people write: each has the name of who writes it as its value. */
export const APPROVED_BY = "security-stack/approved-by";
export const REJECTED_BY = "security-stack/rejected-by";
export const RELEASED_BY = "security-stack/released-by";
/** Beside the last one: "true" where the pod goes back to its controller, which then deletes it. */
export const REJOIN = "security-stack/rejoin";

export const ACTIONS = ["annotate", "quarantine", "evict"] as const;
export type Action = (typeof ACTIONS)[number];

export const MODES = ["observe", "approve", "enforce"] as const;
export type Mode = (typeof MODES)[number];
