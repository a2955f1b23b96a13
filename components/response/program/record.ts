import { createHash } from "node:crypto";
import {
  type Action,
  APPROVED_BY,
  AUDITED,
  type Mode,
  PHASE,
  REASON,
  RECORD_LABEL,
  RECORD_PREFIX,
  REJECTED_BY,
  REJOIN,
  RELEASED_BY,
  SINCE,
} from "../marks";
import type { Finding } from "./alert-findings";
import type { PlannedRule } from "./planned-rule";
import type { Pod, Workload } from "./pod";

/**
 * Where an action is: proposed -> acting -> done | failed; proposed -> rejected | expired; acting -> expired;
 * done -> released | ended.
 */
export const PHASES = [
  ...(["proposed", "acting", "done", "failed", "rejected", "expired", "released", "ended"] as const),
];
export type Phase = (typeof PHASES)[number];

/** An action that is decided on, as it does not change any more. */
export interface ActionFacts {
  id: string;
  rule: string;
  action: Action;
  mode: Mode;
  pod: { namespace: string; name: string; uid: string; node?: string | undefined };
  workload: Workload;
  /** Labels of the alert. */
  alert: Readonly<Record<string, string>>;
  /** When the event was seen, when this was decided and until when it may be approved: ISO 8601. */
  seen: string;
  decided: string;
  expires: string;
}

/** An action with what became of it. */
export interface ActionRecord extends ActionFacts {
  phase: Phase;
  since: string;
  reason: string;
  audited: string;
  approvedBy: string;
  rejectedBy: string;
  releasedBy: string;
  rejoins: boolean;
}

/** A ConfigMap as far as it is read here. */
export interface RecordObject {
  metadata: { name: string; annotations?: Record<string, string> };
  data?: Record<string, string>;
}

const MAKING = "record.json";
const ID_LENGTH = 12;

/**
 * The same for the same pod and action, so that it is done once whoever asks however often; another one after a release.
 * @param releasedAt When a person released the pod the last time, in milliseconds.
 */
export function actionId(uid: string, action: Action, releasedAt: number | undefined): string {
  const text = JSON.stringify([uid, action, releasedAt ?? null]);
  return createHash("sha256").update(text).digest("hex").slice(0, ID_LENGTH);
}

export interface Decision {
  rule: PlannedRule;
  finding: Finding;
  pod: Pod;
  workload: Workload;
  now: number;
  approvalMinutes: number;
  releasedAt: number | undefined;
}

export function factsOf(decision: Decision): ActionFacts {
  const { rule, finding, pod, workload, now, approvalMinutes, releasedAt } = decision;
  return {
    id: actionId(finding.pod.uid, rule.action, releasedAt),
    rule: rule.name,
    action: rule.action,
    mode: rule.mode,
    pod: { ...finding.pod, node: pod.spec.nodeName },
    workload,
    alert: finding.alert,
    seen: iso(finding.seen),
    decided: iso(now),
    expires: iso(now + approvalMinutes * 60_000),
  };
}

/** Its ConfigMap: what was decided can't be changed, the annotations say what became of it. */
export function recordObject(facts: ActionFacts, namespace: string, phase: Phase, now: number): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: `${RECORD_PREFIX}${facts.id}`,
      namespace,
      labels: { [RECORD_LABEL]: facts.action },
      annotations: { [PHASE]: phase, [SINCE]: iso(now) },
    },
    immutable: true,
    data: { [MAKING]: JSON.stringify(facts) },
  };
}

/** @returns undefined for what is no action, or one of a version that we do not know */
export function readRecord({ metadata, data = {} }: RecordObject): ActionRecord | undefined {
  const notes = metadata.annotations ?? {};
  const phase = PHASES.find((one) => one === notes[PHASE]);
  const facts = factsIn(data[MAKING]);
  if (!phase || !facts || metadata.name !== `${RECORD_PREFIX}${facts.id}`) return undefined;
  const note = (key: string) => notes[key] ?? "";
  return {
    ...facts,
    phase,
    since: note(SINCE),
    reason: note(REASON),
    audited: note(AUDITED),
    approvedBy: note(APPROVED_BY),
    rejectedBy: note(REJECTED_BY),
    releasedBy: note(RELEASED_BY),
    rejoins: note(REJOIN) === "true",
  };
}

function factsIn(json: string | undefined): ActionFacts | undefined {
  try {
    const facts = JSON.parse(json ?? "null") as ActionFacts | null;
    return facts?.pod?.uid && facts.workload ? facts : undefined;
  } catch {
    return undefined;
  }
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
