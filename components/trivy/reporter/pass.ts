import { BulkWriter, type Refusal } from "./bulk";
import { forEachLimited } from "./concurrency";
import type { Store } from "./findings-store";
import { groupReports } from "./groups";
import type { Cluster } from "./kubernetes";
import { readLedger } from "./ledger";
import { handleMissing } from "./missing";
import { isUnchanged, type PassContext, reconcile } from "./reconcile";
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
  const refusals: Refusal[] = [];
  const writer = new BulkWriter(store, policy);
  const counts = { read: 0, written: 0, closed: 0 };
  const context: PassContext = {
    cluster,
    store,
    writer,
    options,
    counts,
    refuse: (refusal) => refusals.push(refusal),
  };
  const changed = [...groups.values()].filter(
    (group) => !isUnchanged(group, ledger.get(group.subject.id), options),
  );
  await forEachLimited(changed, READERS, async (group) => {
    const entry = ledger.get(group.subject.id);
    if (!(await reconcile(context, group, entry))) groups.delete(group.subject.id);
  });
  const missing = [...ledger.values()].filter(({ subject }) => !groups.has(subject.id));
  await handleMissing(context, missing);
  await writer.drain();
  return {
    subjects: groups.size,
    ...counts,
    missing: missing.length,
    refused: refusals.length,
    refusals: refusals.slice(0, SHOWN_REFUSALS),
    bytes: writer.bytes,
  };
}
