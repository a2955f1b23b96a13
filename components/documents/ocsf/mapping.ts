import type { OcsfActivity, OcsfClassName } from "./classes";
import type { DocumentReader } from "./document-reader";

/** Fields of an event beside those that all have; undefined ones, and objects and lists without content, are left out. */
export type OcsfFields = Readonly<Record<string, unknown>>;

/** One kind of a tool's documents, and what it is in OCSF. */
export interface OcsfRow {
  /** In words, for tables: "process start". */
  kind: string;
  class: OcsfClassName;
  /** `activity_id`. */
  activity: number;
  selects(document: DocumentReader): boolean;
  /** Undefined where the document lacks what the class cannot be without: a later row is tried, at last the base event. */
  fields(document: DocumentReader): OcsfFields | undefined;
}

/** How the documents of a tool become events of OCSF. */
export type OcsfMapping = OcsfRows & {
  /** `metadata.product`. */
  product: { name: string; vendor_name: string };
};

/** The first that takes a document counts; what none takes becomes a base event. */
type OcsfRows =
  | {
      /** The file that exports the mapping, from the root of the repository: programs in pods are bundled with it. */
      source: string;
      rows: readonly OcsfRow[];
    }
  | { source?: undefined; rows: readonly [] };

/** A row whose activity the compiler checks against its class. */
export function ocsfRow<Name extends OcsfClassName>(
  row: Omit<OcsfRow, "class" | "activity"> & { class: Name; activity: OcsfActivity<Name> & number },
): OcsfRow {
  return row;
}
