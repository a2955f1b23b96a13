import type { Finding } from "./alert-findings";
import type { PlannedRule } from "./planned-rule";
import { type Pod, quarantineOf, workloadOf } from "./pod";
import type { Orders } from "./responder-settings";

/** Why nothing is done, by a word for the audit index. */
export const REFUSALS = {
  stopped: "all actions are stopped",
  "no-uid": "the alert does not say which pod it was",
  "system-namespace": "a namespace of Kubernetes itself",
  "own-namespace": "a namespace of the stack itself",
  "namespace-not-allowed": "a namespace that is not allowed",
  "stale-event": "the event is too old, or from the future",
  "pod-gone": "the pod is gone",
  "other-pod": "another pod has its name now",
  terminating: "the pod is being deleted",
  quarantined: "the pod is in quarantine",
  released: "the pod was released, and nothing was found since",
  "exempt-label": "the pod has an exempt label",
  "mirror-pod": "the kubelet made the pod itself",
  "daemon-set": "a pod of a DaemonSet",
  "host-network": "a pod on the node's network",
  "stateful-set": "a pod of a StatefulSet, which the rule is not for",
  job: "a pod of a Job, which the rule is not for",
  "hour-budget": "as many actions as an hour may have",
  "workload-budget": "as many pods of the workload as may be acted on",
} as const;

export type Refusal = keyof typeof REFUSALS;

/** What is known when an action is judged. */
export interface Situation {
  rule: PlannedRule;
  finding: Finding;
  now: number;
  stopped: boolean;
  orders: Orders;
}

/** The same with the pod and what was done lately. */
export interface PodSituation extends Situation {
  pod: Pod | undefined;
  /** When a person released this pod the last time, in milliseconds. */
  releasedAt: number | undefined;
  /** Quarantines and evictions of the last hour. */
  actionsInHour: number;
  /** Of them those of the pod's workload. */
  actionsOfWorkload: number;
  /** Pods that the workload has, and those of them in quarantine. */
  workloadPods: number;
}

interface Guard<S> {
  refuses(situation: S): boolean;
}

type Guards<S> = Partial<Record<Refusal, Guard<S>["refuses"]>>;

// Clocks of nodes differ.
const FUTURE_MS = 60_000;
const SYSTEM = /^(kube|openshift)-/;

/** What needs no question to the API server. */
const FIRST: Guards<Situation> = {
  stopped: ({ stopped }) => stopped,
  "no-uid": ({ finding }) => finding.pod.uid === "",
  "system-namespace": ({ finding }) => SYSTEM.test(finding.pod.namespace),
  "own-namespace": ({ finding, orders }) => orders.ownNamespaces.includes(finding.pod.namespace),
  "namespace-not-allowed": ({ finding, orders }) => !orders.namespaces.includes(finding.pod.namespace),
  "stale-event": ({ finding, orders, now }) => {
    const age = now - finding.seen;
    return age > orders.maxEventAgeMinutes * 60_000 || age < -FUTURE_MS;
  },
};

const OF_THE_POD: Guards<PodSituation> = {
  "pod-gone": ({ pod }) => pod === undefined,
  "other-pod": ({ pod, finding }) => pod?.metadata.uid !== finding.pod.uid,
  terminating: ({ pod }) => pod?.metadata.deletionTimestamp !== undefined,
  quarantined: ({ pod }) => pod !== undefined && quarantineOf(pod) !== undefined,
  released: ({ releasedAt, finding }) => releasedAt !== undefined && finding.seen <= releasedAt,
  "exempt-label": ({ pod, orders }) =>
    Object.entries(orders.exemptLabels).some(([key, value]) => pod?.metadata.labels?.[key] === value),
  "mirror-pod": ({ pod }) => pod?.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined,
  "daemon-set": (situation) => isOwnedBy(situation, "DaemonSet"),
  "host-network": ({ pod }) => pod?.spec.hostNetwork === true,
  "stateful-set": (situation) => !situation.rule.statefulSets && isOwnedBy(situation, "StatefulSet"),
  job: (situation) => !situation.rule.jobs && isOwnedBy(situation, "Job"),
};

/** Of what ends or cuts off something; a note on a pod costs nothing. */
const BUDGETS: Guards<PodSituation> = {
  "hour-budget": ({ actionsInHour, orders }) => actionsInHour >= orders.budgets.perHour,
  "workload-budget": ({ actionsOfWorkload, workloadPods, orders }) =>
    actionsOfWorkload >= Math.max(1, Math.floor((workloadPods * orders.budgets.workloadPercent) / 100)),
};

function isOwnedBy({ pod }: PodSituation, kind: string): boolean {
  return pod !== undefined && workloadOf(pod).kind === kind;
}

/** Why nothing is done, as far as it can be said without the pod. */
export function firstRefusal(situation: Situation): Refusal | undefined {
  return refusal(FIRST, situation);
}

/** Why nothing is done with the pod. */
export function podRefusal(situation: PodSituation): Refusal | undefined {
  const budgets = situation.rule.action === "annotate" ? undefined : refusal(BUDGETS, situation);
  return refusal(OF_THE_POD, situation) ?? budgets;
}

function refusal<S>(guards: Guards<S>, situation: S): Refusal | undefined {
  const found = Object.entries(guards).find(([, refuses]) => refuses?.(situation));
  return found && (found[0] as Refusal);
}
