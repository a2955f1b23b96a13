import { DocumentReader, isObject } from "../documents/ocsf/document-reader";
import { SEVERITY_NAMES, type Severity } from "../documents/severities";
import type { Taken } from "./forward";
import type { Portion } from "./position";
import type { Json } from "./stored-documents";

/** A document as those see it who take records of logs: with what the sinks behind Kafka say of theirs. */
export interface DocumentRecord {
  /** `event.id`: what comes twice has it twice. */
  id: string;
  severity: { number: number; text: string } | undefined;
  /** Milliseconds since 1970, of its collection. */
  time: number | undefined;
  host: string | undefined;
  tool: string | undefined;
  document: Json;
}

/** OpenTelemetry's severities for those of `event.severity` (specification, logs data model): FATAL, ERROR, WARN, INFO2, INFO. */
const SEVERITY_NUMBERS: Readonly<Record<Severity, number>> = { 5: 21, 4: 17, 3: 13, 2: 10, 1: 9 };

/** @returns undefined where it is no object */
export function recordOf(document: unknown): DocumentRecord | undefined {
  if (!isObject(document)) return undefined;
  const reader = new DocumentReader(document);
  return {
    id: reader.text("event.id") ?? "",
    severity: severityOf(reader.integer("event.severity")),
    time: reader.time("event.created") ?? reader.time("@timestamp"),
    host: reader.text("host.name"),
    tool: reader.text("labels.security_tool"),
    document,
  };
}

/** What is made of the records of a portion, one after the other; a document that is none is noted as refused. */
export async function* fromRecords<Made>(
  { documents }: Portion,
  { refused }: Taken,
  make: (record: DocumentRecord) => Made,
): AsyncGenerator<Made> {
  for await (const { place, document } of documents) {
    const record = recordOf(document);
    if (record) yield make(record);
    else refused.push(`${place}: no JSON object`);
  }
}

function severityOf(severity: number | undefined): DocumentRecord["severity"] {
  if (severity === undefined || !Object.hasOwn(SEVERITY_NAMES, severity)) return undefined;
  const known = severity as Severity;
  return { number: SEVERITY_NUMBERS[known], text: SEVERITY_NAMES[known] };
}
