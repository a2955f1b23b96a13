import { forEachLimited } from "./concurrency";
import { type ClosedState, closing, openFindings } from "./findings";
import { goneUpdate, type LedgerEntry, MISSES_TO_CLOSE, missUpdate } from "./ledger";
import type { PassContext } from "./pass-context";

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
    if (misses >= MISSES_TO_CLOSE && waited >= closeAfterMs)
      await closeSubject(context, entry, "fixed", "no report of the workload any more");
    else if (misses <= MISSES_TO_CLOSE) await update(context, entry.subject.id, missUpdate(misses, since));
  });
}

/**
 * Subjects of a scanner that is switched off. Nothing tells any more whether what it found is there still: trivy-operator leaves its
 * last reports in the cluster as they are (pkg/operator/ttl_report.go), and so they are not read. Once it is on again, its reports
 * open the findings again.
 */
export async function closeNotAssessed(context: PassContext, entries: Iterable<LedgerEntry>): Promise<void> {
  await forEachLimited(entries, 4, (entry) =>
    closeSubject(context, entry, "not_assessed", "its scanner is switched off"),
  );
}

async function closeSubject(
  context: PassContext,
  { subject }: LedgerEntry,
  state: ClosedState,
  reason: string,
): Promise<void> {
  const { store, kind, counts, options } = context;
  for await (const { _id } of store.search(openFindings(kind, subject.id), [])) {
    counts.closed += 1;
    await update(context, _id, closing(kind, state, reason, options.now));
  }
  await update(context, subject.id, goneUpdate(kind, options.now));
}

async function update({ writer, refuse }: PassContext, id: string, document: object): Promise<void> {
  await writer.add({ action: "update", id, document }, (refusal) => {
    if (refusal) refuse(refusal);
  });
}
