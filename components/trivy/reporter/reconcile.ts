import { TRIVY_SEVERITIES } from "../trivy-severities";
import type { BulkWriter, Refusal, Settle } from "./bulk";
import { collectFindings, type Findings, findingDocument } from "./findings";
import type { Store } from "./findings-store";
import { type Group, sourceOf } from "./groups";
import type { Cluster } from "./kubernetes";
import { type LedgerEntry, ledgerDocument, settingsOf, sourcesUpdate } from "./ledger";
import type { ReporterOptions, VulnerabilityReport } from "./types";

export interface PassContext {
  cluster: Cluster;
  store: Store;
  writer: BulkWriter;
  options: ReporterOptions;
  counts: Counts;
  refuse(refusal: Refusal): void;
}

export interface Counts {
  read: number;
  written: number;
  closed: number;
}

/** True when the ledger has seen these very versions of the reports, and all they list is stored. */
export function isUnchanged(group: Group, entry: LedgerEntry | undefined, options: ReporterOptions): boolean {
  if (!entry?.digest || entry.misses > 0 || entry.settings !== settingsOf(options)) return false;
  const sources = new Set(entry.sources);
  return (
    sources.size === group.reports.length && group.reports.every((report) => sources.has(sourceOf(report)))
  );
}

/**
 * Brings the store's findings of one subject to what its reports list.
 * @returns false when all its reports were deleted while they were read.
 */
export async function reconcile(
  context: PassContext,
  group: Group,
  entry: LedgerEntry | undefined,
): Promise<boolean> {
  const reports = await readReports(context, group);
  if (reports.length === 0) return false;
  const findings = collectFindings(group.subject, reports, context.options);
  const sources = sourcesOf(reports);
  if (entry?.digest === findings.digest) await updateSources(context, group, sources);
  else await writeFindings(context, group, entry, reports, findings);
  return true;
}

async function readReports({ cluster, counts }: PassContext, group: Group): Promise<VulnerabilityReport[]> {
  const reports: VulnerabilityReport[] = [];
  for (const { name, resourceVersion } of group.reports) {
    const report = await cluster.getReport(group.subject.namespace, name, resourceVersion);
    if (report) reports.push(report);
  }
  counts.read += reports.length;
  return reports;
}

function sourcesOf(reports: readonly VulnerabilityReport[]): string[] {
  return reports.map(({ metadata }) => sourceOf(metadata));
}

async function updateSources(context: PassContext, { subject }: Group, sources: string[]): Promise<void> {
  const document = sourcesUpdate(sources, context.options);
  await context.writer.add({ action: "update", id: subject.id, document }, (refusal) => {
    if (refusal) context.refuse(refusal);
  });
}

async function writeFindings(
  context: PassContext,
  group: Group,
  entry: LedgerEntry | undefined,
  reports: readonly VulnerabilityReport[],
  findings: Findings,
): Promise<void> {
  const { subject } = group;
  const { writer, options } = context;
  const { report } = reports.at(-1)!;
  const state = { sources: sourcesOf(reports), counts: countBySeverity(findings) };
  const ledger = (digest?: string) => ({
    action: "index" as const,
    id: subject.id,
    document: ledgerDocument(subject, report, { ...state, digest }, options),
  });
  // Until all is stored, the ledger says that something is being written: a pass that is cut off here is not
  // taken for a whole one, and the next looks up what it left.
  const tracker = new Tracker(context, () => writer.enqueue(ledger(findings.digest), tracker.onLedger));
  const stored = entry ? await readOpen(context, subject.id) : new Map<string, Stored>();
  await writer.add(ledger(), tracker.expect());
  await writeWanted(context, findings, stored, tracker);
  await closeRest(context, findings, stored, tracker);
  tracker.seal();
}

function countBySeverity({ wanted }: Findings): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { severity } of wanted.values()) {
    const name = severity in TRIVY_SEVERITIES ? severity.toLowerCase() : "other";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** What the store has of an open finding. */
interface Stored {
  hash: string | undefined;
  firstSeen: string | undefined;
}

async function readOpen({ store }: PassContext, subjectId: string): Promise<Map<string, Stored>> {
  const stored = new Map<string, Stored>();
  const fields = ["event.hash", "vulnerability.firstSeen"];
  for await (const { _id, _source } of store.search(openFindings(subjectId), fields)) {
    const { event, vulnerability } = (_source ?? {}) as {
      event?: { hash?: string };
      vulnerability?: { firstSeen?: string };
    };
    stored.set(_id, { hash: event?.hash, firstSeen: vulnerability?.firstSeen });
  }
  return stored;
}

/** The open findings of a subject. */
export function openFindings(subjectId: string): object {
  return {
    bool: {
      filter: [
        { term: { "vulnerability.report_id": subjectId } },
        { term: { "vulnerability.state": "open" } },
      ],
    },
  };
}

async function writeWanted(
  { writer, counts, options }: PassContext,
  { wanted, formerIds }: Findings,
  stored: Map<string, Stored>,
  tracker: Tracker,
): Promise<void> {
  const now = options.now.toISOString();
  for (const [id, finding] of wanted) {
    const before = stored.get(id);
    if (before?.hash === finding.hash) continue;
    counts.written += 1;
    const { firstSeen = now } = before ?? stored.get(formerIds.get(id) ?? "") ?? {};
    const document = findingDocument(id, finding, now, firstSeen);
    writer.enqueue({ action: "index", id, document }, tracker.expect());
    if (writer.isFull) await writer.makeRoom();
  }
}

async function closeRest(
  { writer, counts, options }: PassContext,
  { wanted, belowThreshold, formerIds }: Findings,
  stored: Map<string, Stored>,
  tracker: Tracker,
): Promise<void> {
  const former = new Set(formerIds.values());
  const documentOf = (id: string): object => {
    // It is there still, and open under its present ids.
    if (former.has(id)) return closing("replaced", "listed by target now", options.now);
    if (belowThreshold.has(id)) return closing("below_threshold", "rated below the threshold", options.now);
    return closing("fixed", "not listed any more", options.now);
  };
  for (const id of stored.keys()) {
    if (wanted.has(id)) continue;
    counts.closed += 1;
    const document = documentOf(id);
    await writer.add({ action: "update", id, document }, tracker.expect());
  }
}

/** What has happened to a finding that is not open any more, as `event.action`. */
const CLOSED = {
  fixed: "vulnerability-fixed",
  below_threshold: "vulnerability-below-threshold",
  replaced: "vulnerability-replaced",
} as const;

/** The fields that change when a finding is closed. */
export function closing(state: keyof typeof CLOSED, reason: string, now: Date): object {
  const time = now.toISOString();
  return {
    "@timestamp": time,
    event: { action: CLOSED[state] },
    vulnerability: { state, closedAt: time, closedReason: reason },
  };
}

/** Calls `onStored` once everything expected was stored, and never when a part was refused. */
class Tracker {
  private pending = 0;
  private sealed = false;
  private refused = false;

  constructor(
    private readonly context: PassContext,
    private readonly onStored: () => void,
  ) {}

  expect(): Settle {
    this.pending += 1;
    return this.settle;
  }

  seal(): void {
    this.sealed = true;
    this.check();
  }

  readonly onLedger = (refusal?: Refusal): void => {
    if (refusal) this.context.refuse(refusal);
  };

  private readonly settle: Settle = (refusal) => {
    this.pending -= 1;
    if (refusal) {
      this.refused = true;
      this.context.refuse(refusal);
    }
    this.check();
  };

  private check(): void {
    if (this.sealed && this.pending === 0 && !this.refused) this.onStored();
  }
}
