import { forEachLimited } from "./concurrency";
import { goneUpdate, type LedgerEntry, MISSES_TO_CLOSE, missUpdate } from "./ledger";
import type { PassContext } from "./pass-context";
import { closing, openFindings } from "./reconcile";

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
    if (misses >= MISSES_TO_CLOSE && waited >= closeAfterMs) await close(context, entry);
    else if (misses <= MISSES_TO_CLOSE) await update(context, entry.subject.id, missUpdate(misses, since));
  });
}

async function close(context: PassContext, { subject }: LedgerEntry): Promise<void> {
  const { store, counts, options } = context;
  for await (const { _id } of store.search(openFindings(subject.id), [])) {
    counts.closed += 1;
    await update(context, _id, closing("fixed", "no report of the workload any more", options.now));
  }
  await update(context, subject.id, goneUpdate(options.now));
}

async function update({ writer, refuse }: PassContext, id: string, document: object): Promise<void> {
  await writer.add({ action: "update", id, document }, (refusal) => {
    if (refusal) refuse(refusal);
  });
}
