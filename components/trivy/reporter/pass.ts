import { rateFindings, readFeedStates } from "../exploitation/rate-findings";
import { type FeedSummary, Rater } from "../exploitation/rater";
import { BulkWriter, type Refusal } from "./bulk";
import { forEachLimited } from "./concurrency";
import type { Store } from "./findings-store";
import { groupReports } from "./groups";
import type { Cluster } from "./kubernetes";
import { readLedger } from "./ledger";
import { handleMissing } from "./missing";
import type { PassContext } from "./pass-context";
import { isUnchanged, reconcile } from "./reconcile";
import type { RetryPolicy } from "./retry";
import type { ReporterOptions } from "./types";

/** What a pass did. */
export interface Summary {
  /** Workload containers with a report. */
  subjects: number;
  /** Reports that were new or changed, and so were read. */
  read: number;
  /** Findings stored, as new or changed. */
  written: number;
  /** Findings closed. */
  closed: number;
  /** Findings as before that were rated otherwise. */
  rated: number;
  /** Lists by which findings are rated that were read, with their age, or what is wrong with them. */
  feeds: FeedSummary[];
  /** Workload containers that had a report before, and now have none. */
  missing: number;
  /** Documents that Elasticsearch refused. */
  refused: number;
  /** The first of them. */
  refusals: Refusal[];
  /** Sent in `_bulk` requests. */
  bytes: number;
}

// A report is read whole, and etcd keeps none above 1.5 MiB: this many at once stay within the pod's memory.
const READERS = 4;
const SHOWN_REFUSALS = 5;

/** One pass: what the cluster's VulnerabilityReports list becomes what the index holds as open. */
export async function runPass(
  cluster: Cluster,
  store: Store,
  policy: RetryPolicy,
  options: ReporterOptions,
): Promise<Summary> {
  const ledger = await readLedger(store, options.clusterName);
  const groups = await groupReports(cluster, ledger, options.clusterName);
  const [states, used] = await Promise.all([
    readFeedStates(store, options.clusterName),
    cluster.imagesInUse(),
  ]);
  const rater = new Rater(used, options.exploitation, states, options.now);
  const refusals: Refusal[] = [];
  const writer = new BulkWriter(store, policy);
  const counts = { read: 0, written: 0, closed: 0, rated: 0 };
  const context: PassContext = {
    cluster,
    store,
    writer,
    rater,
    options,
    counts,
    refuse: (refusal) => refusals.push(refusal),
  };
  const changed = [...groups.values()].filter(
    (group) => !isUnchanged(group, ledger.get(group.subject.id), options),
  );
  const written = new Set<string>();
  await forEachLimited(changed, READERS, async (group) => {
    const { id } = group.subject;
    const outcome = await reconcile(context, group, ledger.get(id));
    if (outcome === "gone") groups.delete(id);
    if (outcome === "written") written.add(id);
  });
  const asBefore = [...ledger.values()].filter(
    ({ subject }) => groups.has(subject.id) && !written.has(subject.id),
  );
  await rateFindings(context, asBefore);
  await noteFeeds(context);
  const missing = [...ledger.values()].filter(({ subject }) => !groups.has(subject.id));
  await handleMissing(context, missing);
  await writer.drain();
  return {
    subjects: groups.size,
    ...counts,
    feeds: rater.summaries,
    missing: missing.length,
    refused: refusals.length,
    refusals: refusals.slice(0, SHOWN_REFUSALS),
    bytes: writer.bytes,
  };
}

/** So that later passes know what was read, and people how old it is. */
async function noteFeeds({ rater, writer, options, refuse }: PassContext): Promise<void> {
  for (const note of rater.notes(options.clusterName))
    await writer.add({ action: "index", ...note }, (refusal) => {
      if (refusal) refuse(refusal);
    });
}
