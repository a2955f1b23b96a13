import type {
  ObjectMeta,
  OwnerReference,
  Report,
  ReportBody,
  ReportedScanner,
  ReporterOptions,
  Subject,
} from "./types";

/** Indices that findings go to, by their key in `output.elasticsearch.indices`. */
export type FindingsIndex = "vulnerabilities" | "posture";

/** What the reporter has to know of a kind of report; the rest is the same for all of them. */
export interface ReportKind {
  scanner: ReportedScanner;
  index: FindingsIndex;
  /** Names in the API of the reports in namespaces, and of those about what is in none. */
  resources: { namespaced: string; cluster?: string };
  /** Reports name a ReplicaSet or a Job where the findings are those of what made it. */
  hasOwners: boolean;
  /** Object of a document with what is known of a finding, among it `state`, `report_id` and the times. */
  root: "vulnerability" | "finding";
  /** ECS `event` of a finding but for what differs from one to the other. */
  event: { category: readonly string[]; dataset: string };
  /** Whether findings are rated by what is exploited. */
  rated: boolean;
  /** `event.action` of a subject once its reports were read, and once it has none any more. */
  actions: { scanned: string; gone: string };
  /** @param owner What made the reported object */
  subjectOf(metadata: ObjectMeta, owner: OwnerReference | undefined, cluster: string): Subject;
  /** The fields that say where a finding or a report belongs. */
  where(subject: Subject, report: ReportBody, options: ReporterOptions): Record<string, unknown>;
  /** What a report lists, whatever its severity. */
  listed(subject: Subject, report: Report["report"]): Iterable<Listed>;
}

/** Of kinds about images. */
export const IMAGE_ACTIONS = { scanned: "image-scanned", gone: "workload-gone" } as const;

/** An entry of a report. */
export interface Listed {
  id: string;
  /** The id that it had before something was a part of it that is one now. */
  formerId?: string | undefined;
  /** Trivy's word. */
  severity: string;
  /** Its id in the world, for kinds that are rated: a CVE, or that of an advisory. */
  cve?: string;
  /** Fields beside those of {@link ReportKind.where}; asked for only where the finding is stored. */
  fields(): FindingFields;
}

export interface FindingFields {
  message: string;
  /** Further objects of the document. */
  more?: Record<string, unknown>;
  /** What is in {@link ReportKind.root}, but for what all kinds have there; never empty. */
  own: Record<string, unknown>;
}
