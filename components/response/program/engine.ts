import type { ClusterClient } from "../../node-program/cluster-client";
import type { Finding } from "./alert-findings";
import type { Audit, AuditEntry } from "./audit";
import { firstRefusal, podRefusal, REFUSALS, type Refusal, type Situation } from "./guards";
import { ruleFor } from "./planned-rule";
import { type Pod, type Workload, workloadOf } from "./pod";
import { PodsClient } from "./pods-client";
import { type ActionRecord, actionId, factsOf, readRecord, recordObject } from "./record";
import { type Ledger, RecordStore } from "./record-store";
import type { Orders } from "./responder-settings";
import { allowingText, noteOf, refusalOf, Steps } from "./steps";

const HOUR_MS = 3_600_000;
const MOST_REMEMBERED = 20_000;

/** What became of the findings of a message. */
export type Summary = Record<string, number>;

/** Decides on what is found, and does it: one thing after the other, so that budgets hold. */
export class Engine {
  private readonly pods: PodsClient;
  private readonly records: RecordStore;
  private readonly steps: Steps;
  /** Keys of what is audited already: Alertmanager tells of the same alert each minute. */
  private readonly told = new Set<string>();
  /** Pods that were judged by a rule. */
  private readonly judged = new Set<string>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    cluster: ClusterClient,
    private readonly audit: Audit,
    private readonly orders: Orders,
  ) {
    this.pods = new PodsClient(cluster, orders.denyPolicies);
    this.records = new RecordStore(cluster, orders.recordsNamespace);
    this.steps = new Steps(cluster, this.pods, this.records, audit);
  }

  /** Brings all open actions forward. @throws the last of what went wrong; the others are done all the same */
  async pass(now = () => Date.now()): Promise<number> {
    return this.alone(async () => {
      const { records, stopped } = await this.records.read();
      let failure: unknown;
      for (const record of records) {
        try {
          await this.steps.forward(record, now(), stopped);
        } catch (error) {
          failure = error;
        }
      }
      await this.audit.flush();
      if (failure) throw failure;
      return records.length;
    });
  }

  /** Decides on findings. @throws where the API server can't be asked: they are told again */
  async take(findings: readonly Finding[], now = () => Date.now()): Promise<Summary> {
    return this.alone(async () => {
      const ledger = await this.records.read();
      const summary: Summary = {};
      for (const finding of findings) {
        const verdict = await this.decide(finding, ledger, now());
        summary[verdict] = (summary[verdict] ?? 0) + 1;
      }
      await this.audit.flush().catch(() => {});
      return summary;
    });
  }

  private async decide(finding: Finding, ledger: Ledger, now: number): Promise<string> {
    const rule = ruleFor(this.orders.rules, finding);
    if (!rule) return "no-rule";
    const situation: Situation = { rule, finding, now, stopped: ledger.stopped, orders: this.orders };
    if (sameAction(ledger.records, situation)) return "known";
    const early = firstRefusal(situation);
    if (early) return this.refuse(situation, early);
    const pod = await this.pods.find(finding.pod);
    const refused = podRefusal({ ...situation, pod, ...(await this.counts(finding, pod, ledger, now)) });
    if (refused) return this.refuse(situation, refused);
    return rule.mode === "observe" ? this.observe(situation) : this.record(situation, pod!, ledger);
  }

  /** What the budgets are held against. */
  private async counts(finding: Finding, pod: Pod | undefined, { records }: Ledger, now: number) {
    const workload = pod && workloadOf(pod);
    const recent = records.filter(
      (one) => one.action !== "annotate" && hasActed(one) && now - Date.parse(one.decided) < HOUR_MS,
    );
    const ofWorkload = recent.filter(
      (one) => workload && isSame(one.workload, workload) && one.pod.namespace === finding.pod.namespace,
    );
    const there = workload?.uid ? await this.pods.countOf(finding.pod.namespace, workload.uid) : 1;
    return {
      releasedAt: releasedAt(records, finding.pod.uid),
      actionsInHour: recent.length,
      actionsOfWorkload: ofWorkload.length,
      workloadPods: there + ofWorkload.filter(({ action }) => action === "quarantine").length,
    };
  }

  /** Asks the API server what would happen, with all of its rights, policies and budgets, and changes nothing. */
  private async observe(situation: Situation): Promise<string> {
    const { rule, finding } = situation;
    const id = actionId(finding.pod.uid, rule.action, undefined);
    const key = ["observed", id, rule.name];
    if (this.isTold(key)) return "known";
    const { verdict, reason } = await this.dryRun(situation, id);
    this.remember(this.judged, judgedKey(situation));
    this.tell({
      ...entryOf(situation, key, verdict, reason),
      message: `${rule.action} of ${finding.pod.namespace}/${finding.pod.name} by rule ${rule.name} would ${verdict === "observed" ? "be done" : "fail"}${reason ? `: ${reason}` : ""}`,
    });
    return verdict;
  }

  private async dryRun(
    { rule, finding }: Situation,
    id: string,
  ): Promise<{ verdict: string; reason: string }> {
    const write = { dryRun: true };
    try {
      if (rule.action === "annotate") await this.pods.annotate(finding.pod, noteOf(finding.alert), write);
      if (rule.action === "evict") await this.pods.evict(finding.pod, write);
      const allowing = rule.action === "quarantine" ? await this.pods.quarantine(finding.pod, id, write) : [];
      return { verdict: "observed", reason: allowingText(allowing) };
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === undefined) throw error;
      return { verdict: "would-fail", reason };
    }
  }

  /** Writes down what is to be done before anything is. */
  private async record(situation: Situation, pod: Pod, ledger: Ledger): Promise<string> {
    const { rule, finding, now, orders } = situation;
    const { approvalMinutes, recordsNamespace } = orders;
    const released = releasedAt(ledger.records, finding.pod.uid);
    const workload = workloadOf(pod);
    const facts = factsOf({ rule, finding, pod, workload, now, approvalMinutes, releasedAt: released });
    const phase = rule.mode === "enforce" ? "acting" : "proposed";
    const failed = ledger.records.find(({ id, phase: at }) => id === facts.id && at === "failed");
    if (failed) await this.records.remove(failed);
    if (!(await this.records.add(facts, phase, now))) return "known";
    const record = readRecord(
      recordObject(facts, recordsNamespace, phase, now) as Parameters<typeof readRecord>[0],
    )!;
    ledger.records = [...ledger.records.filter(({ id }) => id !== record.id), record];
    await this.steps.forward(record, now, situation.stopped);
    return phase;
  }

  private refuse(situation: Situation, refusal: Refusal): string {
    const { rule, finding } = situation;
    const { namespace, name, uid } = finding.pod;
    const key = ["refused", namespace, name, uid, rule.name, refusal];
    // An alert is held for a day, and its event is too old for all of it but the first minutes.
    const isOld = refusal === "stale-event" && this.judged.has(judgedKey(situation));
    if (!isOld && !this.isTold(key))
      this.tell({
        ...entryOf(situation, key, "refused", refusal),
        message: `${rule.action} of ${finding.pod.namespace}/${finding.pod.name} by rule ${rule.name} refused: ${REFUSALS[refusal]}`,
      });
    this.remember(this.judged, judgedKey(situation));
    return refusal;
  }

  /** A message that was not Alertmanager's. */
  tellOfStranger(reason: string, address: string, now: number): void {
    // One a minute and address: whoever floods the webhook does not flood the index.
    const minute = Math.floor(now / 60_000);
    const key = ["stranger", reason, address, String(minute)];
    if (this.isTold(key)) return;
    this.tell({
      ...{
        key,
        time: now,
        verdict: "unauthenticated",
        message: `a message from ${address} refused: ${reason}`,
      },
      response: { reason, address },
    });
  }

  private isTold(key: readonly string[]): boolean {
    return this.told.has(JSON.stringify(key));
  }

  private tell(entry: AuditEntry): void {
    this.remember(this.told, JSON.stringify(entry.key));
    this.audit.add(entry);
  }

  private remember(set: Set<string>, key: string): void {
    if (set.size >= MOST_REMEMBERED) set.clear();
    set.add(key);
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => {});
    return result;
  }
}

function entryOf({ rule, finding, now }: Situation, key: string[], verdict: string, reason: string) {
  return {
    ...{ key, time: now, verdict, alert: finding.alert, pod: finding.pod },
    response: { rule: rule.name, action: rule.action, mode: rule.mode, ...(reason ? { reason } : {}) },
  };
}

function judgedKey({ rule, finding: { pod } }: Situation): string {
  return JSON.stringify([pod.namespace, pod.name, pod.uid, rule.name]);
}

/** The record of just this action; one that failed may be tried again. */
function sameAction(
  records: readonly ActionRecord[],
  { rule, finding }: Situation,
): ActionRecord | undefined {
  const id = actionId(finding.pod.uid, rule.action, releasedAt(records, finding.pod.uid));
  return records.find((record) => record.id === id && record.phase !== "failed");
}

function releasedAt(records: readonly ActionRecord[], uid: string): number | undefined {
  const times = records
    .filter(({ pod, phase }) => pod.uid === uid && phase === "released")
    .map(({ since }) => Date.parse(since));
  return times.length > 0 ? Math.max(...times) : undefined;
}

function hasActed({ phase }: ActionRecord): boolean {
  return phase === "acting" || phase === "done" || phase === "released" || phase === "ended";
}

function isSame(a: Workload, b: Workload): boolean {
  return a.kind === b.kind && a.name === b.name;
}
