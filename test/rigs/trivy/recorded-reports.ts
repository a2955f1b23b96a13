import * as fs from "node:fs";
import * as path from "node:path";
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

/** As the reporter reads it. */
export function asRead({ metadata, report }: RecordedReport): Report {
  return { metadata: { ...metadata, resourceVersion: "1" }, report };
}
