import type { CollectorComponent, CollectorFragment } from "../feature";
import { and, hash, literal, set } from "./ottl";
import { UNKNOWN_SEVERITY } from "./severity";

/** Set on the resource of every record by the node collector, and what the gateway routes by. */
export const TOOL_ATTRIBUTE = "security.tool";

/** Prefix that the k8s_attributes processor puts before a pod's labels. */
export const POD_LABEL_PREFIX = "k8s.pod.labels.";

// The labels of a pod as one map on the resource, made once for all records of the pod.
const LABELS_ATTRIBUTE = "security.pod_labels";
const INDEX = 'log.attributes["elasticsearch.index"]';
const ID = 'log.attributes["elasticsearch.document_id"]';
const HOST = 'resource.attributes["host.name"]';

/** Nanoseconds as Falco and Tetragon give them: Elasticsearch stores milliseconds and keeps the text. */
const TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%sZ";

/** Text of a dead letter that is kept; Lucene refuses a keyword of more than 32766 bytes. */
const DEAD_LETTER_BYTES = 32_000;

export interface DocumentTargets {
  /** Name of the index for the tool's documents. */
  index: string;
  /** Name of the index for lines that can't become a document. */
  deadLetter: string;
  clusterName: string;
}

/**
 * The `transform` processor that turns the records of one tool into documents for the Elasticsearch exporter's
 * `bodymap` mode, which writes the record's body as it is. Whatever the line holds, the result is a map with
 * an index, an `_id`, a time, a host, a tool and a severity: a body of another type would be dropped by the
 * exporter, a document of another shape refused by Elasticsearch.
 */
export function documentProcessor(fragment: CollectorFragment, targets: DocumentTargets): CollectorComponent {
  return transform([
    ...shared(),
    {
      conditions: [and("IsMap(log.body)", ...fragment.document.expects.map((e) => e.condition))],
      statements: documentStatements(fragment, targets),
    },
    deadLetters(fragment.tool, targets, fragment.document.expects),
  ]);
}

/** For records of a tool that the gateway does not know: a node that still runs an older configuration. */
export function unknownToolProcessor(targets: DocumentTargets): CollectorComponent {
  return transform([...shared(), deadLetters("unknown", targets, [], "no feature of this name is enabled")]);
}

interface StatementGroup {
  conditions?: string[];
  statements: string[];
}

function transform(groups: StatementGroup[]): CollectorComponent {
  // "propagate" would drop a whole batch for one line; "ignore" writes a log line for each odd value, which
  // lets whoever writes odd values fill the gateway's log. What such a line becomes is tested.
  return { error_mode: "silent", log_statements: groups };
}

function shared(): StatementGroup[] {
  const labels = `resource.cache["labels"]`;
  const prefix = literal(`^${POD_LABEL_PREFIX.replaceAll(".", "\\.")}`);
  return [
    {
      statements: [
        `set(${labels}, resource.attributes)`,
        `keep_matching_keys(${labels}, ${prefix})`,
        `replace_all_patterns(${labels}, "key", ${prefix}, "")`,
        `set(resource.attributes[${literal(LABELS_ATTRIBUTE)}], ${labels}) where Len(${labels}) > 0`,
      ],
    },
    { statements: ['set(scope.attributes["elastic.mapping.mode"], "bodymap")'] },
    { statements: ["set(log.time, log.observed_time) where log.time_unix_nano == 0"] },
  ];
}

function documentStatements({ tool, document }: CollectorFragment, targets: DocumentTargets): string[] {
  const identity = document.identity.length > 0 ? document.identity : ['String(log.cache["source"])'];
  return [
    'set(log.cache["source"], log.body)',
    `set(log.body, ${commonFields(tool, targets.clusterName)})`,
    ...podFields(),
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
  const offset = 'log.attributes["log.file.record_offset"]';
  return {
    conditions: [`${INDEX} == nil`],
    statements: [
      `set(${reason}, ${literal(otherwise)})`,
      ...expects.map(
        (e) => `set(${reason}, ${literal(e.reason)}) where IsMap(log.body) and not (${e.condition})`,
      ),
      `set(${reason}, "not a JSON object") where not IsMap(log.body)`,
      `set(${kept}, {"line": String(log.body)})`,
      `set(${ID}, ${hash([literal(tool), literal(targets.clusterName), HOST, `String(${offset})`, `${kept}["line"]`])})`,
      `truncate_all(${kept}, ${DEAD_LETTER_BYTES})`,
      `set(log.body, ${commonFields(tool, targets.clusterName)})`,
      ...podFields(),
      set("event.kind", '"pipeline_error"'),
      set("event.dataset", literal(`${tool}.dead_letter`)),
      set("event.id", ID),
      set("error.message", reason),
      set("message", `${kept}["line"]`),
      set("log.file.path", 'log.attributes["log.file.path"]'),
      set("log.offset", offset),
      `set(${INDEX}, ${literal(targets.deadLetter)})`,
    ],
  };
}

function commonFields(tool: string, clusterName: string): string {
  const format = (time: string) => `FormatTime(${time}, ${literal(TIME_FORMAT)})`;
  return [
    `{"@timestamp": ${format("log.time")}`,
    `"event": {"created": ${format("log.observed_time")}, "module": ${literal(tool)}, "severity": ${UNKNOWN_SEVERITY}}`,
    `"labels": {"security_tool": ${literal(tool)}}`,
    `"host": {"name": ${HOST}}`,
    `"kubernetes": {"node": {"name": ${HOST}}}`,
    `"orchestrator": {"cluster": {"name": ${literal(clusterName)}}}}`,
  ].join(", ");
}

function podFields(): string[] {
  return [
    set("kubernetes.namespace", 'resource.attributes["k8s.namespace.name"]'),
    set("kubernetes.pod.name", 'resource.attributes["k8s.pod.name"]'),
    set("kubernetes.pod.uid", 'resource.attributes["k8s.pod.uid"]'),
    set("kubernetes.labels", `resource.attributes[${literal(LABELS_ATTRIBUTE)}]`),
  ];
}
