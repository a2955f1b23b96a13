import { rateFindings, readFeedStates } from "../exploitation/rate-findings";
import { type FeedSummary, Rater } from "../exploitation/rater";
import { REPORT_KINDS } from "./all-kinds";
import { BulkWriter, type Refusal } from "./bulk";
import { forEachLimited } from "./concurrency";
import type { Store } from "./findings-store";
import { groupReports } from "./groups";
import type { Cluster } from "./kubernetes";
import { type Ledger, readLedgers } from "./ledger";
import { closeNotAssessed, handleMissing } from "./missing";
import type { PassContext } from "./pass-context";
import { isUnchanged, reconcile } from "./reconcile";
import type { FindingsIndex } from "./report-kind";
import type { RetryPolicy } from "./retry";
import type { ReportedScanner, ReporterOptions } from "./types";

/** What a pass did. */
export interface Summary {
  /** Workload containers and objects with a report. */
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
  /** Workload containers and objects that had a report before, and now have none. */
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

export type Stores = Readonly<Record<FindingsIndex, Store>>;

/**
 * One pass: what the cluster's reports list becomes what the indices hold as open, kind by kind. What a scanner found that is
 * switched off by now is closed.
 */
export async function runPass(
  cluster: Cluster,
  stores: Stores,
  policy: RetryPolicy,
  options: ReporterOptions,
): Promise<Summary> {
  const sum: Summary = {
    ...{ subjects: 0, read: 0, written: 0, closed: 0, rated: 0, feeds: [], missing: 0 },
    ...{ refused: 0, refusals: [], bytes: 0 },
  };
  const ledgers = {
    vulnerabilities: await readLedgers(stores.vulnerabilities, options.clusterName),
    posture: await readLedgers(stores.posture, options.clusterName),
  };
  for (const kind of REPORT_KINDS) {
    const store = stores[kind.index];
    const writer = new BulkWriter(store, policy);
    const context: PassContext = {
      ...{ cluster, kind, store, writer, options },
      rater: undefined,
      counts: sum,
      refuse: (refusal) => {
        sum.refused += 1;
        if (sum.refusals.length < SHOWN_REFUSALS) sum.refusals.push(refusal);
      },
    };
    await passOver(context, ledgers[kind.index], sum);
    await writer.drain();
    sum.bytes += writer.bytes;
  }
  return sum;
}

async function passOver(
  context: PassContext,
  ledgers: ReadonlyMap<ReportedScanner, Ledger>,
  sum: Summary,
): Promise<void> {
  const { kind, options } = context;
  const ledger = ledgers.get(kind.scanner) ?? new Map();
  if (options.scanners.includes(kind.scanner)) await reconcileAll(context, ledger, sum);
  else
    await closeNotAssessed(
      context,
      [...ledger.values()].filter(({ assessed }) => assessed),
    );
}

async function reconcileAll(context: PassContext, ledger: Ledger, sum: Summary): Promise<void> {
  const { cluster, kind, options } = context;
  const groups = await groupReports(cluster, kind, ledger, options.clusterName);
  const rater = kind.rated ? await raterOf(context) : undefined;
  const rated = { ...context, rater };
  const changed = [...groups.values()].filter(
    (group) => !isUnchanged(group, ledger.get(group.subject.id), options),
  );
  const written = new Set<string>();
  await forEachLimited(changed, READERS, async (group) => {
    const { id } = group.subject;
    const outcome = await reconcile(rated, group, ledger.get(id));
    if (outcome === "gone") groups.delete(id);
    if (outcome === "written") written.add(id);
  });
  if (rater) {
    const asBefore = [...ledger.values()].filter(
      ({ subject }) => groups.has(subject.id) && !written.has(subject.id),
    );
    await rateFindings(context, rater, asBefore);
    await noteFeeds(context, rater);
    sum.feeds.push(...rater.summaries);
  }
  const missing = [...ledger.values()].filter(({ subject }) => !groups.has(subject.id));
  await handleMissing(context, missing);
  sum.subjects += groups.size;
  sum.missing += missing.length;
}

async function raterOf({ cluster, store, options }: PassContext): Promise<Rater> {
  const [states, used] = await Promise.all([
    readFeedStates(store, options.clusterName),
    cluster.imagesInUse(),
  ]);
  return new Rater(used, options.exploitation, states, options.now);
}

/** So that later passes know what was read, and people how old it is. */
async function noteFeeds({ writer, options, refuse }: PassContext, rater: Rater): Promise<void> {
  for (const note of rater.notes(options.clusterName))
    await writer.add({ action: "index", ...note }, (refusal) => {
      if (refusal) refuse(refusal);
    });
}
