import type { Rater } from "../exploitation/rater";
import type { BulkWriter, Refusal } from "./bulk";
import type { Store } from "./findings-store";
import type { Cluster } from "./kubernetes";
import type { ReportKind } from "./report-kind";
import type { ReporterOptions } from "./types";

/** What the parts of a pass over one kind of report share. */
export interface PassContext {
  kind: ReportKind;
  cluster: Cluster;
  store: Store;
  writer: BulkWriter;
  /** Of a kind that is rated. */
  rater: Rater | undefined;
  options: ReporterOptions;
  counts: Counts;
  refuse(refusal: Refusal): void;
}

export interface Counts {
  read: number;
  written: number;
  closed: number;
  rated: number;
}
