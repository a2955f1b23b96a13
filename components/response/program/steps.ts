import { ApiError, type ClusterClient } from "../../node-program/cluster-client";
import type { Audit } from "./audit";
import { tellOfPod } from "./pod-events";
import { PodGone, type PodsClient } from "./pods-client";
import type { ActionRecord, Phase } from "./record";
import type { RecordStore } from "./record-store";

/** After so long a half-done action is not worth to be completed: what it was about is over. */
const STALE_MS = 3_600_000;
/** How long a finished action is kept in the cluster; the audit index keeps it for longer. */
const KEPT_MS = 86_400_000;

const FINISHED: readonly Phase[] = ["done", "failed", "rejected", "expired", "released", "ended"];

/** Brings actions forward, a step at a time; each step may be done again. */
export class Steps {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly pods: PodsClient,
    private readonly records: RecordStore,
    private readonly audit: Audit,
  ) {}

  /** Whatever is due of an action. */
  async forward(record: ActionRecord, now: number, stopped: boolean): Promise<void> {
    const moved = await this.moved(record, now, stopped);
    await this.tell(moved, now);
    if (isOver(moved, now)) await this.records.remove(moved);
  }

  private async moved(record: ActionRecord, now: number, stopped: boolean): Promise<ActionRecord> {
    if (record.phase === "proposed") return this.afterProposal(record, now, stopped);
    if (record.phase === "acting") return this.afterDecision(record, now, stopped);
    if (record.phase === "done" && record.action === "quarantine") return this.afterQuarantine(record, now);
    return record;
  }

  private async afterProposal(record: ActionRecord, now: number, stopped: boolean): Promise<ActionRecord> {
    const { rejectedBy, approvedBy, expires } = record;
    if (rejectedBy) return this.records.move(record, "rejected", `by ${rejectedBy}`, now);
    if (now >= Date.parse(expires))
      return this.records.move(record, "expired", "nobody approved it in time", now);
    if (!approvedBy || stopped) return record;
    const acting = await this.records.move(record, "acting", `approved by ${approvedBy}`, now);
    return this.afterDecision(acting, now, stopped);
  }

  private async afterDecision(record: ActionRecord, now: number, stopped: boolean): Promise<ActionRecord> {
    if (now - Date.parse(record.since) > STALE_MS) {
      await this.undo(record);
      return this.records.move(record, "expired", "it could not be done within an hour", now);
    }
    if (stopped) return record;
    try {
      return await this.records.move(record, "done", await this.act(record), now);
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === undefined) throw error;
      await this.undo(record);
      return this.records.move(record, "failed", reason, now);
    }
  }

  /** What is asked of the API server. @returns what is to be known of it */
  private async act({ action, pod, id, alert }: ActionRecord): Promise<string> {
    if (action === "evict") await this.pods.evict(pod);
    if (action === "annotate") await this.pods.annotate(pod, noteOf(alert));
    if (action !== "quarantine") return "";
    return allowingText(await this.pods.quarantine(pod, id));
  }

  /** Of a quarantine that did not come about. */
  private async undo({ action, pod, id }: ActionRecord): Promise<void> {
    if (action !== "quarantine") return;
    try {
      await this.pods.release(pod, id, false);
    } catch (error) {
      if (!(error instanceof PodGone)) throw error;
    }
  }

  private async afterQuarantine(record: ActionRecord, now: number): Promise<ActionRecord> {
    const { pod, id, releasedBy, rejoins } = record;
    try {
      if (releasedBy) {
        await this.pods.release(pod, id, rejoins);
        return this.records.move(
          record,
          "released",
          `by ${releasedBy}${rejoins ? ", back to its controller" : ""}`,
          now,
        );
      }
      const found = await this.pods.find(pod);
      if (found?.metadata.uid === pod.uid) return record;
    } catch (error) {
      if (!(error instanceof PodGone)) throw error;
    }
    await this.pods.removePolicies(pod.namespace, id);
    return this.records.move(record, "ended", "the pod is gone", now);
  }

  /** Events and the audit entry of the phase that it is in; then that is noted. */
  private async tell(record: ActionRecord, now: number): Promise<void> {
    if (record.phase === "acting" || record.audited === record.phase) return;
    const { id, action, rule, mode, pod, phase, reason, alert, workload } = record;
    await tellOfPod(this.cluster, record, `rule ${rule}${reason ? `: ${reason}` : ""}`, now);
    const by = record.releasedBy || record.rejectedBy || record.approvedBy;
    this.audit.add({
      key: [id, phase],
      time: Date.parse(record.since),
      verdict: phase,
      message: `${action} of ${pod.namespace}/${pod.name} by rule ${rule}: ${phase}${reason ? `, ${reason}` : ""}`,
      alert,
      pod,
      response: {
        ...{ id, rule, action, mode, reason, workload: `${workload.kind}/${workload.name}` },
        ...(by ? { by } : {}),
      },
    });
    // Without Elasticsearch nothing waits for it: the next pass writes it.
    const isWritten = await this.audit.flush().then(
      () => true,
      () => false,
    );
    if (isWritten) await this.records.noteAudited(record);
  }
}

/** Text of an annotation; of the alert only names. */
export function noteOf(alert: Readonly<Record<string, string>>): string {
  return [alert["rule"] ?? alert["alertname"], alert["technique"], alert["severity"]]
    .filter(Boolean)
    .join(", ");
}

/** What is to be known of a quarantine. */
export function allowingText(policies: readonly string[]): string {
  if (policies.length === 0) return "";
  return `these NetworkPolicies still allow traffic, as they select it too: ${policies.join(", ")}`;
}

/** Why the API server will not do it; undefined for what goes by. */
export function refusalOf(error: unknown): string | undefined {
  if (error instanceof PodGone) return error.message;
  if (!(error instanceof ApiError)) return undefined;
  // A PodDisruptionBudget answers 429, as a busy API server does, of which one says how long to wait (eviction.go).
  if (error.status === 429) return `a PodDisruptionBudget or the API server's limit: ${error.message}`;
  return error.status >= 400 && error.status < 500 && error.status !== 401 && error.status !== 409
    ? error.message
    : undefined;
}

function isOver({ phase, action, audited, since }: ActionRecord, now: number): boolean {
  if (!FINISHED.includes(phase) || audited !== phase) return false;
  if (phase === "done" && action === "quarantine") return false;
  return now - Date.parse(since) > KEPT_MS;
}
