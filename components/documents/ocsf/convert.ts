import type { ToolDocuments } from "../documents";
import { SEVERITY_NAMES } from "../severities";
import { classFields, OCSF_PROFILES, OCSF_VERSION, type OcsfClassName } from "./classes";
import { DocumentReader, isObject } from "./document-reader";
import type { OcsfFields, OcsfMapping, OcsfRow } from "./mapping";

export type OcsfEvent = Record<string, unknown>;

/** An event, or why the document is none. */
export type Conversion =
  | { event: OcsfEvent; tool: string; kind: string; class: OcsfClassName }
  | { refused: string };

/** Why a line that became no document becomes no event: the index of dead letters has it. */
export const DEAD_LETTER = "a dead letter";

/** What no row of its tool takes. */
const OTHER = "anything else";

/**
 * Makes events of OCSF out of documents of the store.
 * @param tools Every tool of the registry, on or off: the store has documents of what was on.
 * @returns A function that never throws, whatever the document is.
 */
export function ocsfConverter(
  tools: readonly Pick<ToolDocuments, "tool" | "ocsf">[],
): (document: unknown) => Conversion {
  const mappings = new Map(tools.map(({ tool, ocsf }) => [tool, ocsf]));
  return (document) => {
    if (!isObject(document)) return { refused: "no JSON object" };
    const reader = new DocumentReader(document);
    const tool = reader.text("labels.security_tool");
    const mapping = tool === undefined ? undefined : mappings.get(tool);
    if (tool === undefined || !mapping) return { refused: "no document of a tool of this stack" };
    if (reader.text("event.kind") === "pipeline_error") return { refused: DEAD_LETTER };
    if (reader.time("@timestamp") === undefined) return { refused: "no time" };
    if (reader.text("event.id") === undefined) return { refused: "no event.id" };
    return { tool, ...toEvent(reader, tool, mapping) };
  };
}

function toEvent(reader: DocumentReader, tool: string, mapping: OcsfMapping) {
  const { row, fields } = firstThatFits(reader, mapping.rows);
  const event = withoutEmpty({
    ...classFields(row.class, row.activity),
    ...severity(reader),
    time: reader.time("@timestamp"),
    message: reader.text("message"),
    count: countOf(reader),
    metadata: metadata(reader, mapping.product),
    ...fields,
    unmapped: unmapped(reader, tool, fields["unmapped"]),
  });
  return { event, kind: row.kind, class: row.class };
}

function firstThatFits(reader: DocumentReader, rows: readonly OcsfRow[]) {
  for (const row of rows) {
    const fields = row.selects(reader) ? row.fields(reader) : undefined;
    if (fields) return { row, fields };
  }
  const fields: OcsfFields = {};
  return { row: { kind: OTHER, class: "base" as const, activity: 99 }, fields };
}

/** `severity_id` 1 to 5 is the scale of `event.severity`. */
function severity(reader: DocumentReader): OcsfFields {
  const severity = reader.integer("event.severity");
  const name = Object.entries(SEVERITY_NAMES).find(([number]) => Number(number) === severity)?.[1];
  if (name === undefined) return { severity_id: 0, severity: "Unknown" };
  return { severity_id: severity, severity: name[0]!.toUpperCase() + name.slice(1) };
}

/** Of an event that stands for others that were left out, all of them. */
function countOf(reader: DocumentReader): number | undefined {
  const suppressed = reader.integer("event.suppressed");
  return suppressed === undefined || suppressed < 0 ? undefined : suppressed + 1;
}

function metadata(reader: DocumentReader, product: OcsfMapping["product"]): OcsfFields {
  const cluster = reader.text("orchestrator.cluster.name");
  return {
    version: OCSF_VERSION,
    product,
    profiles: OCSF_PROFILES,
    uid: reader.text("event.id"),
    log_name: reader.text("event.dataset"),
    // With the nanoseconds that `time` has no room for.
    original_time: reader.text("@timestamp"),
    logged_time: reader.time("event.created"),
    tags: cluster === undefined ? undefined : [{ name: "cluster", value: cluster }],
  };
}

/** What OCSF has no field for: the tool's own fields, and the pod's labels. */
function unmapped(reader: DocumentReader, tool: string, more: unknown): OcsfFields {
  const own = reader.object(tool);
  const pod = reader.object("kubernetes");
  return { ...(own && { [tool]: own }), ...(pod && { kubernetes: pod }), ...(isObject(more) ? more : {}) };
}

/** Without what is undefined, and without the objects and lists that are empty then; what is in `data` and `unmapped` stays. */
function withoutEmpty(fields: OcsfFields): OcsfEvent {
  const kept = Object.entries(fields).flatMap(([name, value]) => {
    const content = AS_IT_IS.includes(name) ? value : withoutEmptyValue(value);
    return content === undefined ? [] : [[name, content] as const];
  });
  return Object.fromEntries(kept);
}

const AS_IT_IS = ["data", "unmapped"];

function withoutEmptyValue(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutEmptyValue).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (!isObject(value)) return value;
  const object = withoutEmpty(value);
  return Object.keys(object).length > 0 ? object : undefined;
}
