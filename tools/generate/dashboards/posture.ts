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
/** What the reporter makes of recorded reports, by id: some of it new, some old, the last of several of an object closed. */
export function demoPosture(now: Date): Map<string, Json> {
  return new Map(recordedReports().flatMap((recorded, r) => findingsOf(recorded, r, now)));
}

function findingsOf(recorded: RecordedReport, number: number, now: Date): [string, Json][] {
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
  const before = (days: number) => new Date(now.getTime() - days * DAY_MS);
  const subject = kind.subjectOf(report.metadata, undefined, CLUSTER_NAME);
  const { wanted } = collectFindings(kind, subject, [report], options);
  const { state, days } = CLOSED[number % CLOSED.length]!;
  const closed = closing(kind, state, "closed", before(days)) as Record<string, Json>;
  return [...wanted].map(([id, finding], i) => {
    const firstSeen = before(AGES[i % AGES.length]!).toISOString();
    const text = findingDocument(kind, id, finding, { now: now.toISOString(), firstSeen });
    const document = JSON.parse(text) as Json;
    return [id, wanted.size > 1 && i === wanted.size - 1 ? merged(document, closed) : document];
  });
}

function merged(document: Json, change: Record<string, Json>): Json {
  const entries = Object.entries(change).map(([name, value]) => [
    name,
    typeof value === "object" ? { ...(document[name] as Json), ...value } : value,
  ]);
  return { ...document, ...Object.fromEntries(entries) };
}
