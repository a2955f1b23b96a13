import type { Rater } from "../exploitation/rater";
import type { BulkWriter, Refusal } from "./bulk";
import type { Store } from "./findings-store";
import type { Cluster } from "./kubernetes";
import type { ReporterOptions } from "./types";

/** What the parts of a pass share. */
export interface PassContext {
  cluster: Cluster;
  store: Store;
  writer: BulkWriter;
  rater: Rater;
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
