import { type RatedBy, storedRatedBy } from "../exploitation/rater";
import { scannerVersion } from "../image";
import type { Store } from "./findings-store";
import { nameOf } from "./identity";
import type { ReportKind } from "./report-kind";
import type { ReportBody, ReportedScanner, ReporterOptions, Subject } from "./types";

/**
 * What the last pass knew of a subject. It is a document beside the findings (`event.dataset: trivy.report`): says
 * that an image was scanned even when nothing was found, and lets a pass with nothing new write nothing.
 */
export interface LedgerEntry {
  subject: Subject;
  /** False once its scanner was switched off, until a report is read again. */
  assessed: boolean;
  /** Reports that were read, as `name@resourceVersion`. */
  sources: string[];
  /** Names of the images that they are about. */
  images: string[];
  /** By what the findings are rated; undefined while they are not. */
  rated: RatedBy | undefined;
  /** How they were read, see {@link settingsOf}. */
  settings: string;
  /** Of the findings; undefined while they are being written, or when some could not be. */
  digest: string | undefined;
  /** Passes in a row that found no report, counted up to {@link MISSES_TO_CLOSE}. */
  misses: number;
  /** Time of the first of them. */
  missingSince: string | undefined;
}

/** Of one kind of report. */
export type Ledger = Map<string, LedgerEntry>;

export const MISSES_TO_CLOSE = 3;

const DATASET = "trivy.report";
const PRESENT = "present";
/** Once the scanner was switched off: its findings are closed, and it is known when they were first seen. */
const NOT_ASSESSED = "not_assessed";

/** Raised when the same report makes other documents than before, so that all are written again. */
const FORMAT = 4;

/** What, besides the reports, decides what is stored of them. */
export function settingsOf({ severityThreshold }: ReporterOptions): string {
  return `${FORMAT} ${severityThreshold}`;
}

/** Reads what an index has of the ledgers of a cluster, by scanner, without the subjects that are gone. */
export async function readLedgers(
  store: Store,
  clusterName: string,
): Promise<ReadonlyMap<ReportedScanner, Ledger>> {
  const query = {
    bool: {
      filter: [
        { term: { "event.dataset": DATASET } },
        { term: { "orchestrator.cluster.name": clusterName } },
        { terms: { "trivy.report.state": [PRESENT, NOT_ASSESSED] } },
      ],
    },
  };
  const ledgers = new Map<ReportedScanner, Ledger>();
  for await (const { _id, _source } of store.search(query, STORED_FIELDS)) {
    const stored = (_source ?? {}) as unknown as StoredEntry;
    const { scanner = "vulnerability" } = stored.trivy.report;
    const ledger: Ledger = ledgers.get(scanner) ?? new Map();
    ledgers.set(scanner, ledger.set(_id, toEntry(_id, stored)));
  }
  return ledgers;
}

const STORED_FIELDS = [
  ...["event.hash", "kubernetes.namespace", "workload", "orchestrator.resource", "container.name"],
  "trivy.report",
];

interface StoredEntry {
  event?: { hash?: string };
  kubernetes?: { namespace: string };
  /** Of vulnerabilities; the others have `orchestrator.resource`. */
  workload?: Subject["workload"];
  orchestrator?: { resource?: { type: string; name: string } };
  container?: { name: string };
  trivy: {
    report: {
      /** None in the index of vulnerabilities, which has those of one scanner. */
      scanner?: ReportedScanner;
      state: string;
      sources: string[];
      images?: string[];
      rated?: { kev?: string | null; epss?: string | null; inUse?: boolean | null; rules: string };
      settings: string;
      misses: number;
      missingSince?: string;
    };
  };
}

function toEntry(id: string, stored: StoredEntry): LedgerEntry {
  const { state, sources, images = [], rated, settings, misses, missingSince } = stored.trivy.report;
  return {
    subject: subjectIn(id, stored),
    assessed: state === PRESENT,
    sources,
    images,
    rated: rated && {
      kev: rated.kev ?? undefined,
      epss: rated.epss ?? undefined,
      inUse: rated.inUse ?? undefined,
      rules: rated.rules,
    },
    settings,
    digest: stored.event?.hash,
    misses,
    missingSince,
  };
}

function subjectIn(id: string, { kubernetes, workload, orchestrator, container }: StoredEntry): Subject {
  const { type: kind = "", name = "" } = orchestrator?.resource ?? {};
  return {
    id,
    namespace: kubernetes?.namespace ?? "",
    workload: workload ?? { kind, name },
    container: container?.name ?? "",
  };
}

export interface ScanState {
  sources: readonly string[];
  images: readonly string[];
  /** Of kinds that are rated. */
  rated?: RatedBy | undefined;
  /** Left out until every finding is stored. */
  digest?: string;
  /** Findings by severity, as they are stored. */
  counts: Record<string, number>;
}

/** The document of a subject whose reports were read. */
export function ledgerDocument(
  kind: ReportKind,
  subject: Subject,
  report: ReportBody,
  state: ScanState,
  options: ReporterOptions,
): object {
  return {
    "@timestamp": options.now.toISOString(),
    event: {
      kind: "state",
      category: kind.event.category,
      type: ["info"],
      action: kind.actions.scanned,
      severity: 1,
      module: "trivy",
      dataset: DATASET,
      id: subject.id,
      hash: state.digest,
    },
    ...kind.where(subject, report, options),
    message: `${nameOf(subject)} was scanned`,
    trivy: {
      report: {
        ...(kind.index === "vulnerabilities" ? {} : { scanner: kind.scanner }),
        state: PRESENT,
        sources: state.sources,
        images: state.images,
        ...(state.rated ? { rated: storedRatedBy(state.rated) } : {}),
        settings: settingsOf(options),
        misses: 0,
        findings: state.counts,
        scannerVersion: versionIn(report, options),
      },
    },
  };
}

/** The fields that change when the reports are others, but list the same: a later version of the scanner may have made them. */
export function sourcesUpdate(
  report: ReportBody,
  read: { sources: readonly string[]; images: readonly string[] },
  options: ReporterOptions,
): object {
  const settings = settingsOf(options);
  const scannerVersion = versionIn(report, options) ?? null;
  return { trivy: { report: { ...read, settings, misses: 0, missingSince: null, scannerVersion } } };
}

function versionIn({ scanner }: ReportBody, { scannerImage }: ReporterOptions): string | undefined {
  return scannerVersion(scanner?.version, scannerImage);
}

/** The fields that change with a pass that found no report. */
export function missUpdate(misses: number, missingSince: string): object {
  return { trivy: { report: { misses, missingSince } } };
}

/** The fields that change when the scanner is switched off. */
export function notAssessedUpdate(now: Date): object {
  return {
    "@timestamp": now.toISOString(),
    event: { action: "not-assessed", hash: null },
    trivy: { report: { state: NOT_ASSESSED } },
  };
}

/** The fields that change when a subject is given up. */
export function goneUpdate({ actions }: ReportKind, now: Date): object {
  return {
    "@timestamp": now.toISOString(),
    event: { action: actions.gone, hash: null },
    trivy: { report: { state: "gone" } },
  };
}
