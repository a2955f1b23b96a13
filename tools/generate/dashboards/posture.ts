import { NO_LISTS } from "../../../components/trivy/exploitation/exploitation";
import {
  type ClosedState,
  closing,
  collectFindings,
  findingDocument,
} from "../../../components/trivy/reporter/findings";
import type { ReporterOptions } from "../../../components/trivy/reporter/types";
import { CLUSTER_NAME } from "../../../test/rigs/pipeline/rig";
import {
  asRead,
  kindOfReport,
  type RecordedReport,
  recordedReports,
} from "../../../test/rigs/trivy/recorded-reports";

type Json = Record<string, unknown>;

const DAY_MS = 86_400_000;
/** Since how many days they have been there, in turn. */
const AGES = [0.2, 3, 12, 45];
/** What became of some of them, and how many days ago. */
const CLOSED: readonly { state: ClosedState; days: number }[] = [
  { state: "fixed", days: 0.5 },
  { state: "below_threshold", days: 4 },
  { state: "not_assessed", days: 9 },
];
/** Every so manieth is closed, and the last one, which is a secret. */
const STEP = 7;

/** What the reporter makes of recorded reports, by id: some of it new, some old, some closed. */
export function demoPosture(now: Date): Map<string, Json> {
  const findings = recordedReports().flatMap((recorded) => findingsOf(recorded, now));
  return new Map(
    findings.map(({ id, document, recorded }, i) => {
      const { state, days } = CLOSED[Math.floor(i / STEP) % CLOSED.length]!;
      if (i % STEP > 0 && i < findings.length - 1) return [id, document];
      const at = new Date(now.getTime() - days * DAY_MS);
      const change = closing(kindOfReport(recorded), state, "closed", at) as Record<string, Json>;
      return [id, merged(document, change)];
    }),
  );
}

function findingsOf(recorded: RecordedReport, now: Date) {
  const kind = kindOfReport(recorded);
  const report = asRead(recorded);
  const options: ReporterOptions = {
    scanners: [kind.scanner],
    clusterName: CLUSTER_NAME,
    severityThreshold: "UNKNOWN",
    closeAfterMs: 0,
    exploitation: NO_LISTS,
    now,
  };
  const subject = kind.subjectOf(report.metadata, undefined, CLUSTER_NAME);
  const { wanted } = collectFindings(kind, subject, [report], options);
  return [...wanted].map(([id, finding], i) => {
    const firstSeen = new Date(now.getTime() - AGES[i % AGES.length]! * DAY_MS).toISOString();
    const text = findingDocument(kind, id, finding, { now: now.toISOString(), firstSeen });
    return { id, recorded, document: JSON.parse(text) as Json };
  });
}

function merged(document: Json, change: Record<string, Json>): Json {
  const entries = Object.entries(change).map(([name, value]) => [
    name,
    typeof value === "object" ? { ...(document[name] as Json), ...value } : value,
  ]);
  return { ...document, ...Object.fromEntries(entries) };
}
