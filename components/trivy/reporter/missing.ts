import { forEachLimited } from "./concurrency";
import { closing, findingsIn } from "./findings";
import { goneUpdate, type LedgerEntry, MISSES_TO_CLOSE, missUpdate, notAssessedUpdate } from "./ledger";
import type { PassContext } from "./pass-context";
import { Tracker } from "./tracker";

/**
 * A subject without a report: trivy-operator deletes reports when their time is up and makes them again, minutes
 * or, in a big cluster, hours later. So the findings stay open until the subject was missed by several passes and
 * for as long as the operator takes to scan everything again.
 */
export async function handleMissing(context: PassContext, missing: Iterable<LedgerEntry>): Promise<void> {
  await forEachLimited(missing, 4, async (entry) => {
    const { now, closeAfterMs } = context.options;
    const since = entry.missingSince ?? now.toISOString();
    const misses = entry.misses + 1;
    const waited = now.getTime() - new Date(since).getTime();
    if (misses >= MISSES_TO_CLOSE && waited >= closeAfterMs) await closeGone(context, entry);
    else if (misses <= MISSES_TO_CLOSE) await update(context, entry.subject.id, missUpdate(misses, since));
  });
}

async function closeGone(context: PassContext, { subject }: LedgerEntry): Promise<void> {
  const { kind, options } = context;
  const closed = closing(kind, "fixed", "no report of the workload any more", options.now);
  await closeAll(context, subject.id, closed, goneUpdate(kind, options.now));
}

/**
 * Subjects of a scanner that is switched off. Nothing tells any more whether what it found is there still: trivy-operator leaves its
 * last reports in the cluster as they are (pkg/operator/ttl_report.go), and so they are not read. Once it is on again, its reports
 * open what is there still.
 */
export async function closeNotAssessed(context: PassContext, entries: Iterable<LedgerEntry>): Promise<void> {
  const { kind, options } = context;
  const closed = closing(kind, "not_assessed", "its scanner is switched off", options.now);
  await forEachLimited(entries, 4, ({ subject }) =>
    closeAll(context, subject.id, closed, notAssessedUpdate(options.now)),
  );
}

/** @param ledger What is noted of the subject once all of its findings are closed: until then the next pass tries again */
async function closeAll(
  context: PassContext,
  subjectId: string,
  closed: object,
  ledger: object,
): Promise<void> {
  const { store, kind, writer, counts } = context;
  const tracker = new Tracker(context, () =>
    writer.enqueue({ action: "update", id: subjectId, document: ledger }, tracker.onLedger),
  );
  for await (const { _id } of store.search(findingsIn(kind, subjectId, ["open"]), [])) {
    counts.closed += 1;
    await writer.add({ action: "update", id: _id, document: closed }, tracker.expect());
  }
  tracker.seal();
}

async function update({ writer, refuse }: PassContext, id: string, document: object): Promise<void> {
  await writer.add({ action: "update", id, document }, (refusal) => {
    if (refusal) refuse(refusal);
  });
}
