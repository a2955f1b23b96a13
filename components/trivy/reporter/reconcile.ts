import { imagesOf } from "../exploitation/images-in-use";
import { isSameRating, RATING_FIELDS, type Rating, ratingOf, ratingUpdate } from "../exploitation/priority";
import {
  closing,
  collectFindings,
  type Findings,
  findingDocument,
  findingsIn,
  isSeverity,
  severityNumber,
} from "./findings";
import { type Group, sourceOf } from "./groups";
import { type LedgerEntry, ledgerDocument, settingsOf, sourcesUpdate } from "./ledger";
import type { PassContext } from "./pass-context";
import { Tracker } from "./tracker";
import type { Report, ReporterOptions } from "./types";

/** True when the ledger has seen these very versions of the reports, and all they list is stored. */
export function isUnchanged(group: Group, entry: LedgerEntry | undefined, options: ReporterOptions): boolean {
  if (!entry?.digest || entry.misses > 0 || entry.settings !== settingsOf(options)) return false;
  const sources = new Set(entry.sources);
  return (
    sources.size === group.reports.length && group.reports.every((report) => sources.has(sourceOf(report)))
  );
}

/** What became of a subject: without reports any more, its findings as before, or written again and rated. */
export type Outcome = "gone" | "same" | "written";

/** Brings the store's findings of one subject to what its reports list. */
export async function reconcile(
  context: PassContext,
  group: Group,
  entry: LedgerEntry | undefined,
): Promise<Outcome> {
  const reports = await readReports(context, group);
  if (reports.length === 0) return "gone";
  const findings = collectFindings(context.kind, group.subject, reports, context.options);
  const images = [...new Set(reports.flatMap(({ report }) => imagesOf(report)))].sort();
  if (entry?.digest === findings.digest) {
    entry.images = images;
    await updateSources(context, group, reports, images);
    return "same";
  }
  await writeFindings(context, group, entry, reports, findings, images);
  return "written";
}

async function readReports({ cluster, kind, counts }: PassContext, group: Group): Promise<Report[]> {
  const reports: Report[] = [];
  for (const { name, resourceVersion } of group.reports) {
    const report = await cluster.getReport(kind.resources, group.subject.namespace, name, resourceVersion);
    if (report) reports.push(report);
  }
  counts.read += reports.length;
  return reports;
}

function sourcesOf(reports: readonly Report[]): string[] {
  return reports.map(({ metadata }) => sourceOf(metadata));
}

async function updateSources(
  context: PassContext,
  { subject }: Group,
  reports: readonly Report[],
  images: string[],
): Promise<void> {
  const read = { sources: sourcesOf(reports), images };
  const document = sourcesUpdate(reports.at(-1)!.report, read, context.options);
  await context.writer.add({ action: "update", id: subject.id, document }, (refusal) => {
    if (refusal) context.refuse(refusal);
  });
}

async function writeFindings(
  context: PassContext,
  group: Group,
  entry: LedgerEntry | undefined,
  reports: readonly Report[],
  findings: Findings,
  images: readonly string[],
): Promise<void> {
  const { subject } = group;
  const { writer, options, kind, rater } = context;
  await rater?.load();
  const inUse = rater?.isInUse(subject.namespace, images);
  const { report } = reports.at(-1)!;
  const rated = rater?.reached(inUse, undefined);
  const state = { sources: sourcesOf(reports), counts: countBySeverity(findings), images, rated };
  const ledger = (digest?: string) => ({
    action: "index" as const,
    id: subject.id,
    document: ledgerDocument(kind, subject, report, { ...state, digest }, options),
  });
  // Until all is stored, the ledger says that something is being written: a pass that is cut off here is not
  // taken for a whole one, and the next looks up what it left.
  const tracker = new Tracker(context, () => writer.enqueue(ledger(findings.digest), tracker.onLedger));
  const stored = entry ? await readStored(context, subject.id) : new Map<string, Stored>();
  await writer.add(ledger(), tracker.expect());
  await writeWanted(context, findings, { stored, inUse }, tracker);
  await closeRest(context, findings, stored, tracker);
  tracker.seal();
}

function countBySeverity({ wanted }: Findings): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { severity } of wanted.values()) {
    const name = isSeverity(severity) ? severity.toLowerCase() : "other";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** What the store has of a finding that is open, or was when its scanner was switched off. */
interface Stored {
  isOpen: boolean;
  hash: string | undefined;
  firstSeen: string | undefined;
  rating: Partial<Rating>;
}

async function readStored({ store, kind }: PassContext, subjectId: string): Promise<Map<string, Stored>> {
  const stored = new Map<string, Stored>();
  const query = findingsIn(kind, subjectId, ["open", "not_assessed"]);
  const own = ["state", "firstSeen"].map((name) => `${kind.root}.${name}`);
  const fields = ["event.hash", ...own, ...(kind.rated ? RATING_FIELDS : [])];
  for await (const { _id, _source = {} } of store.search(query, fields)) {
    const { hash } = (_source["event"] ?? {}) as { hash?: string };
    const known = (_source[kind.root] ?? {}) as { state?: string; firstSeen?: string };
    const { state, firstSeen } = known;
    stored.set(_id, { isOpen: state === "open", hash, firstSeen, rating: ratingOf({ ...known }) });
  }
  return stored;
}

async function writeWanted(
  { writer, counts, options, kind, rater }: PassContext,
  { wanted, formerIds }: Findings,
  { stored, inUse }: { stored: Map<string, Stored>; inUse: boolean | undefined },
  tracker: Tracker,
): Promise<void> {
  const now = options.now.toISOString();
  for (const [id, finding] of wanted) {
    const before = stored.get(id);
    const known = before ?? stored.get(formerIds.get(id) ?? "");
    const rating = rater?.rate(finding.cve, severityNumber(finding.severity), inUse, known?.rating ?? {});
    if (before?.isOpen && before.hash === finding.hash) {
      if (!rating || isSameRating(rating, before.rating)) continue;
      counts.rated += 1;
      writer.enqueue({ action: "update", id, document: ratingUpdate(rating) }, tracker.expect());
    } else {
      counts.written += 1;
      const document = findingDocument(kind, id, finding, {
        now,
        firstSeen: known?.firstSeen ?? now,
        rating,
      });
      writer.enqueue({ action: "index", id, document }, tracker.expect());
    }
    if (writer.isFull) await writer.makeRoom();
  }
}

async function closeRest(
  { writer, counts, options, kind }: PassContext,
  { wanted, belowThreshold, formerIds }: Findings,
  stored: Map<string, Stored>,
  tracker: Tracker,
): Promise<void> {
  const former = new Set(formerIds.values());
  const documentOf = (id: string): object => {
    // It is there still, and open under its present ids.
    if (former.has(id)) return closing(kind, "replaced", "listed by target now", options.now);
    if (belowThreshold.has(id))
      return closing(kind, "below_threshold", "rated below the threshold", options.now);
    return closing(kind, "fixed", "not listed any more", options.now);
  };
  for (const id of stored.keys()) {
    if (wanted.has(id)) continue;
    counts.closed += 1;
    const document = documentOf(id);
    await writer.add({ action: "update", id, document }, tracker.expect());
  }
}
