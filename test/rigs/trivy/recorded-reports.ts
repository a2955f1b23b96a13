import * as fs from "node:fs";
import * as path from "node:path";
import { REPORT_KINDS } from "../../../components/trivy/reporter/all-kinds";
import type { ReportKind } from "../../../components/trivy/reporter/report-kind";
import type { Report } from "../../../components/trivy/reporter/types";

/** A report as it was in the API, without what the API server sets. */
export interface RecordedReport extends Omit<Report, "metadata"> {
  apiVersion: string;
  kind: string;
  metadata: Omit<Report["metadata"], "resourceVersion">;
}

const FOLDER = path.join(__dirname, "samples");

/** The reports of `samples`, which its README tells the origin of. */
export function recordedReports(): RecordedReport[] {
  return fs
    .readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .flatMap((file) => JSON.parse(fs.readFileSync(path.join(FOLDER, file), "utf8")) as RecordedReport[]);
}

/** What the reporter knows of its kind. */
export function kindOfReport({ kind }: RecordedReport): ReportKind {
  const resource = `${kind.toLowerCase()}s`;
  const found = REPORT_KINDS.find(({ resources }) =>
    [resources.namespaced, resources.cluster].includes(resource),
  );
  if (!found) throw new Error(`${kind} is no kind of report that becomes findings`);
  return found;
}

/** As the reporter reads it. */
export function asRead({ metadata, report }: RecordedReport): Report {
  return { metadata: { ...metadata, resourceVersion: "1" }, report };
}
