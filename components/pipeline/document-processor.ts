import type { CollectorComponent, PlannedFragment } from "../documents/documents";
import { constant, field, hash, LINE, literal, lookupMap, set } from "../documents/ottl";
import { markSuspectLine, withoutNulInKeys } from "../documents/refused-fields";
import { UNKNOWN_SEVERITY } from "../documents/severities";

/** Set on the resource of every record by the node collector, and what the gateway routes by. */
export const TOOL_ATTRIBUTE = "security.tool";

const SOURCE = 'log.cache["source"]';
// Why a line is no document; kept on the record between two groups of statements, which share no cache.
const REASON = 'log.attributes["security.reason"]';
const REFUSED_LINE = 'log.attributes["security.line"]';
const INDEX = 'log.attributes["elasticsearch.index"]';
const ID = 'log.attributes["elasticsearch.document_id"]';
const HOST = 'resource.attributes["host.name"]';

/** Nanoseconds as Falco and Tetragon give them: Elasticsearch stores milliseconds and keeps the text. */
const TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%sZ";
const RFC3339 =
  "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$";

/**
 * The node collector sends the bytes of a line (`encoding` of its receivers). What is no UTF-8 becomes replacement characters:
 * Elasticsearch refuses it.
 */
const DECODED = 'set(log.body, Decode(log.body, "utf-8"))';

/** Bytes of a dead letter that are kept. */
const DEAD_LETTER_BYTES = 32_000;

export interface DocumentTargets {
  /** Name of the index for the tool's documents. */
  index: string;
  /** Name of the index for lines that can't become a document. */
  deadLetter: string;
  clusterName: string;
}

/**
 * The `transform` processor that turns the lines of one tool into documents for the Elasticsearch exporter's
 * `bodymap` mode, which writes the record's body as it is. Whatever the line holds, the result is a map with
 * an index, an `_id`, a time, a host, a tool and a severity: a body of another type would be dropped by the
 * exporter, a document of another shape refused by Elasticsearch.
 */
export function documentProcessor(fragment: PlannedFragment, targets: DocumentTargets): CollectorComponent {
  const { afterwards } = fragment.document;
  const lookups = Object.entries(fragment.document.lookups ?? {});
  return transform([
    BODYMAP,
    ...group(lookups.map(([name, map]) => setOnce(lookupMap(name), constant(map)))),
    { statements: documentStatements(fragment, targets) },
    ...(afterwards ? [{ conditions: [afterwards.where], statements: afterwards.statements }] : []),
    deadLetter(fragment.tool, targets),
    ...group(lookups.map(([name]) => `delete_key(resource.attributes, ${literal(`lookup.${name}`)})`)),
  ]);
}

/** For records of a tool that the gateway does not know: a node that still runs an older configuration. */
export function unknownToolProcessor(targets: DocumentTargets): CollectorComponent {
  const statements = [
    DECODED,
    `set(${REASON}, "no feature of this name is enabled")`,
    `set(${REFUSED_LINE}, String(log.body))`,
  ];
  return transform([BODYMAP, { statements }, deadLetter("unknown", targets)]);
}

interface StatementGroup {
  conditions?: string[];
  statements: string[];
}

/** The exporter's mode is read from the scope of the records (elasticsearchexporter 0.152, exporter.go). */
const BODYMAP: StatementGroup = { statements: ['set(scope.attributes["elastic.mapping.mode"], "bodymap")'] };

function transform(groups: StatementGroup[]): CollectorComponent {
  // "propagate" would drop a whole batch for one line; "ignore" writes a log line for each odd value, which
  // lets whoever writes odd values fill the gateway's log. What such a line becomes is tested.
  return { error_mode: "silent", log_statements: groups };
}

/** Of what all records of a resource share: statements run for each of them. */
function setOnce(value: string, to: string): string {
  return `set(${value}, ${to}) where ${value} == nil`;
}

function group(statements: string[]): StatementGroup[] {
  return statements.length > 0 ? [{ statements }] : [];
}

function documentStatements({ tool, document }: PlannedFragment, targets: DocumentTargets): string[] {
  const identity = document.identity.length > 0 ? document.identity : [LINE];
  return [
    DECODED,
    `set(${LINE}, log.body)`,
    ...(document.prepare ?? []),
    markSuspectLine(),
    ...withoutNulInKeys("log.body"),
    `set(${SOURCE}, ParseJSON(log.body))`,
    ...reasons(document.expects),
    ...startDocument(tool, targets, document.fixed),
    set("@timestamp", document.time, `IsMatch(${document.time}, ${literal(RFC3339)})`),
    ...document.statements,
    set("event.id", hash([literal(tool), literal(targets.clusterName), HOST, ...identity])),
    // With a time before it: Elasticsearch looks every _id up before it writes, and skips the segments that end
    // before a new one (Elasticsearch docs, "Tune for indexing speed").
    `set(${ID}, ${field("event.id")})`,
    ...document.identity
      .slice(0, 1)
      .map((time) => `set(${ID}, Concat([${time}, ${field("event.id")}], "_")) where ${time} != nil`),
    `set(${INDEX}, ${literal(targets.index)})`,
  ];
}

function reasons(expects: readonly { condition: string; reason: string }[]): string[] {
  return [
    ...expects.map((e) => `set(${REASON}, ${literal(e.reason)}) where not (${e.condition})`),
    `set(${REASON}, "not a JSON object") where not IsMap(${SOURCE})`,
    `set(${REFUSED_LINE}, ${LINE}) where ${REASON} != nil`,
  ];
}

function deadLetter(tool: string, targets: DocumentTargets): StatementGroup {
  return {
    conditions: [`${REASON} != nil`],
    statements: [
      `set(${LINE}, ${REFUSED_LINE})`,
      `truncate_all(log.cache, ${DEAD_LETTER_BYTES})`,
      ...startDocument(tool, targets, { event: { kind: "pipeline_error", dataset: `${tool}.dead_letter` } }),
      // The same line again is the same dead letter: a program that writes one without end fills nothing.
      set("event.id", hash([literal(tool), literal(targets.clusterName), HOST, REFUSED_LINE])),
      `set(${ID}, ${field("event.id")})`,
      set("error.message", REASON),
      set("message", LINE),
      `set(${INDEX}, ${literal(targets.deadLetter)})`,
      `delete_key(log.attributes, "security.line")`,
    ],
  };
}

/** What every document has: the constant part as one literal, which is made once and only copied. */
function startDocument(
  tool: string,
  targets: DocumentTargets,
  fixed: Record<string, unknown> = {},
): string[] {
  const common = {
    event: { module: tool, severity: UNKNOWN_SEVERITY },
    labels: { security_tool: tool },
    orchestrator: { cluster: { name: targets.clusterName } },
  };
  return [
    `set(log.body, ${constant(mergeMaps(common, fixed))})`,
    set("event.created", `FormatTime(log.observed_time, ${literal(TIME_FORMAT)})`),
    set("@timestamp", 'log.body["event"]["created"]'),
    set("host.name", HOST),
    set("kubernetes.node.name", HOST),
  ];
}

function mergeMaps(base: Record<string, unknown>, added: Record<string, unknown>): Record<string, unknown> {
  const merged = Object.entries(added).map(([key, value]) => {
    const before = base[key];
    return [key, isMap(before) && isMap(value) ? mergeMaps(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(merged) };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
