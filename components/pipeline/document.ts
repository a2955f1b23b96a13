import type { CollectorComponent, CollectorFragment } from "../feature";
import { and, hash, literal, set } from "./ottl";
import { UNKNOWN_SEVERITY } from "./severity";

/** Set on the resource of every record by the node collector, and what the gateway routes by. */
export const TOOL_ATTRIBUTE = "security.tool";

const SOURCE = 'log.cache["source"]';
const INDEX = 'log.attributes["elasticsearch.index"]';
const ID = 'log.attributes["elasticsearch.document_id"]';
const HOST = 'resource.attributes["host.name"]';

/** Nanoseconds as Falco and Tetragon give them: Elasticsearch stores milliseconds and keeps the text. */
const TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%sZ";
const RFC3339 =
  "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$";

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
export function documentProcessor(fragment: CollectorFragment, targets: DocumentTargets): CollectorComponent {
  const { expects } = fragment.document;
  return transform([
    BODYMAP,
    // Parsed into the body first, so that the conditions of the next group can look into it.
    { statements: ['set(log.body, ParseJSON(log.body)) where IsMatch(log.body, "^\\\\s*\\\\{")'] },
    {
      conditions: [and("IsMap(log.body)", ...expects.map((e) => e.condition))],
      statements: documentStatements(fragment, targets),
    },
    deadLetters(fragment.tool, targets, expects),
  ]);
}

/** For records of a tool that the gateway does not know: a node that still runs an older configuration. */
export function unknownToolProcessor(targets: DocumentTargets): CollectorComponent {
  return transform([BODYMAP, deadLetters("unknown", targets, [], "no feature of this name is enabled")]);
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

function documentStatements({ tool, document }: CollectorFragment, targets: DocumentTargets): string[] {
  const identity = document.identity.length > 0 ? document.identity : [`String(${SOURCE})`];
  return [
    `set(${SOURCE}, log.body)`,
    `set(log.body, ${commonFields(tool, targets.clusterName)})`,
    set("@timestamp", document.time, `IsMatch(${document.time}, ${literal(RFC3339)})`),
    ...document.statements,
    `set(${ID}, ${hash([literal(tool), literal(targets.clusterName), HOST, ...identity])})`,
    set("event.id", ID),
    `set(${INDEX}, ${literal(targets.index)})`,
  ];
}

function deadLetters(
  tool: string,
  targets: DocumentTargets,
  expects: readonly { condition: string; reason: string }[],
  otherwise = "the line does not have the shape of an event of this tool",
): StatementGroup {
  const reason = 'log.cache["reason"]';
  const kept = 'log.cache["kept"]';
  return {
    conditions: [`${INDEX} == nil`],
    statements: [
      `set(${reason}, ${literal(otherwise)})`,
      ...expects.map(
        (e) => `set(${reason}, ${literal(e.reason)}) where IsMap(log.body) and not (${e.condition})`,
      ),
      `set(${reason}, "not a JSON object") where not IsMap(log.body)`,
      `set(${kept}, {"line": String(log.body)})`,
      // The same line again is the same dead letter: a program that writes one without end fills nothing.
      `set(${ID}, ${hash([literal(tool), literal(targets.clusterName), HOST, `${kept}["line"]`])})`,
      `truncate_all(${kept}, ${DEAD_LETTER_BYTES})`,
      `set(log.body, ${commonFields(tool, targets.clusterName)})`,
      set("event.kind", '"pipeline_error"'),
      set("event.dataset", literal(`${tool}.dead_letter`)),
      set("event.id", ID),
      set("error.message", reason),
      set("message", `${kept}["line"]`),
      `set(${INDEX}, ${literal(targets.deadLetter)})`,
    ],
  };
}

function commonFields(tool: string, clusterName: string): string {
  const observed = `FormatTime(log.observed_time, ${literal(TIME_FORMAT)})`;
  return [
    `{"@timestamp": ${observed}`,
    `"event": {"created": ${observed}, "module": ${literal(tool)}, "severity": ${UNKNOWN_SEVERITY}}`,
    `"labels": {"security_tool": ${literal(tool)}}`,
    `"host": {"name": ${HOST}}`,
    `"kubernetes": {"node": {"name": ${HOST}}}`,
    `"orchestrator": {"cluster": {"name": ${literal(clusterName)}}}}`,
  ].join(", ");
}
