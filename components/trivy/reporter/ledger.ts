import { type RatedBy, storedRatedBy } from "../exploitation/rater";
import { scannerVersion } from "../image";
import { subjectFields } from "./findings";
import type { Store } from "./findings-store";
import type { ReporterOptions, Subject, VulnerabilityReport } from "./types";

/**
 * What the last pass knew of a subject. It is a document beside the findings (`event.dataset: trivy.report`): says
 * that an image was scanned even when nothing was found, and lets a pass with nothing new write nothing.
 */
export interface LedgerEntry {
  subject: Subject;
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

export type Ledger = Map<string, LedgerEntry>;

export const MISSES_TO_CLOSE = 3;

const DATASET = "trivy.report";

/** Raised when the same report makes other documents than before, so that all are written again. */
const FORMAT = 4;

/** What, besides the reports, decides what is stored of them. */
export function settingsOf({ severityThreshold }: ReporterOptions): string {
  return `${FORMAT} ${severityThreshold}`;
}

/** Reads the ledger of a cluster, without the subjects that are gone. */
export async function readLedger(store: Store, clusterName: string): Promise<Ledger> {
  const query = {
    bool: {
      filter: [
        { term: { "event.dataset": DATASET } },
        { term: { "orchestrator.cluster.name": clusterName } },
        { term: { "trivy.report.state": "present" } },
      ],
    },
  };
  const fields = ["event.hash", "kubernetes.namespace", "workload", "container.name", "trivy.report"];
  const ledger: Ledger = new Map();
  for await (const { _id, _source } of store.search(query, fields)) {
    const entry = toEntry(_id, (_source ?? {}) as unknown as StoredEntry);
    ledger.set(_id, entry);
  }
  return ledger;
}

interface StoredEntry {
  event?: { hash?: string };
  kubernetes: { namespace: string };
  workload: Subject["workload"];
  container: { name: string };
  trivy: {
    report: {
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
  const { sources, images = [], rated, settings, misses, missingSince } = stored.trivy.report;
  const { namespace } = stored.kubernetes;
  return {
    subject: { id, namespace, workload: stored.workload, container: stored.container.name },
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

export interface ScanState {
  sources: readonly string[];
  images: readonly string[];
  rated: RatedBy;
  /** Left out until every finding is stored. */
  digest?: string;
  /** Findings by severity, as they are stored. */
  counts: Record<string, number>;
}

/** The document of a subject whose reports were read. */
export function ledgerDocument(
  subject: Subject,
  report: VulnerabilityReport["report"],
  state: ScanState,
  options: ReporterOptions,
): object {
  return {
    "@timestamp": options.now.toISOString(),
    event: {
      kind: "state",
      category: ["vulnerability"],
      type: ["info"],
      action: "image-scanned",
      severity: 1,
      module: "trivy",
      dataset: DATASET,
      id: subject.id,
      hash: state.digest,
    },
    ...subjectFields(subject, report, options),
    message: `${subject.workload.kind} ${subject.namespace}/${subject.workload.name} was scanned`,
    trivy: {
      report: {
        state: "present",
        sources: state.sources,
        images: state.images,
        rated: storedRatedBy(state.rated),
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
  report: VulnerabilityReport["report"],
  read: { sources: readonly string[]; images: readonly string[] },
  options: ReporterOptions,
): object {
  const settings = settingsOf(options);
  const scannerVersion = versionIn(report, options) ?? null;
  return { trivy: { report: { ...read, settings, misses: 0, missingSince: null, scannerVersion } } };
}

function versionIn(
  { scanner }: VulnerabilityReport["report"],
  { scannerImage }: ReporterOptions,
): string | undefined {
  return scannerVersion(scanner?.version, scannerImage);
}

/** The fields that change with a pass that found no report. */
export function missUpdate(misses: number, missingSince: string): object {
  return { trivy: { report: { misses, missingSince } } };
}

/** The fields that change when a subject is given up. */
export function goneUpdate(now: Date): object {
  return {
    "@timestamp": now.toISOString(),
    event: { action: "workload-gone", hash: null },
    trivy: { report: { state: "gone" } },
  };
}
