import type { Alert } from "./alerts";
import type { CorrelationRule } from "./correlation-rule";
import type { FieldMap } from "./fields";
import type { MatchableFields } from "./matchable";
import type { OcsfMapping } from "./ocsf/mapping";
import type { Group } from "./panel";
import type { SampleLines } from "./sample-lines";
import type { Severity } from "./severities";
import type { Signals, States } from "./signals";
import type { Indices } from "./store";

/** An index that tools write to, by its key in `output.elasticsearch.indices`. */
export type ToolIndex =
  | "events"
  | "inventory"
  | "audit"
  | "network"
  | "mesh"
  | "admission"
  | "vulnerabilities"
  | "posture"
  | "correlations"
  | "responses";

/**
 * What the documents of one tool look like, however they reach Elasticsearch. Facts of the tool, not of a stack: the
 * index templates, alert rules and tables are made from every tool of the registry, so that they are the same
 * whether or not a tool is switched on.
 */
export interface ToolDocuments {
  /** Value of `labels.security_tool` and `event.module` in every document; a name of its own for each tool. */
  tool: string;
  index: ToolIndex;
  /** `event.severity` by the tool's own word for it. */
  severities: Readonly<Record<string, Severity>>;
  /** Fields of its documents beyond those that all have, by name; a field that two tools have is of one type. */
  fields: FieldMap;
  /** Indices beside `index` that it writes to. */
  further?: readonly FurtherIndex[];
  /** Minutes after which its silence on a node is a bad sign; none for a tool that may have nothing to say. */
  heartbeatMinutes?: number;
  /** For a log of changes of rows: fields that together tell one row from another, whatever happens to it. */
  rowIdentity?: readonly string[];
  /** For such a log: the date field that says until when a row is current, unless it is seen again. */
  rowCurrentUntil?: string;
  /**
   * What exceptions can name of its documents, for tools whose events pass the gateway; none where they are no events
   * but the state of something, of which nothing is left out.
   */
  matchable?: MatchableFields;
  /** Documents in which the tool reports events that it lost itself. */
  losses?: readonly Group[];
  /** Its documents as events of the Open Cybersecurity Schema Framework. */
  ocsf: OcsfMapping;
  /** Which of its documents show what rules over several events ask for. */
  signals?: Signals;
  /** For documents that are the state of something: which of them show what such rules ask for beside events. */
  states?: States;
  /** Rules over several of its own events. */
  correlations?: readonly CorrelationRule[];
  /** Alert rules that only its documents can raise. */
  alerts?(indices: Indices, thresholds: AlertThresholds): Alert[];
}

/** Another index of a tool, and the fields of its documents there beyond those that all have. */
export interface FurtherIndex {
  index: ToolIndex;
  fields: FieldMap;
}

/** Numbers of `output.elasticsearch.objects.alerts` that a tool's rules may read. */
export interface AlertThresholds {
  /** Rows that are gone within the window. */
  removedRows: number;
}

/**
 * OTTL of the log context on the text of the line, `log.body`, at the node, step by step. It costs every node, so it is only
 * for tools that need it.
 */
export type Scrub = readonly ScrubStep[];

export interface ScrubStep {
  /** Which lines need it. */
  where: string;
  statements: readonly string[];
  /** A statement that fails is left out, and a later step knows what to do. Otherwise it keeps the lines back. */
  mayFail?: true;
}

/** What one tool writes on the nodes, and how a line of it becomes a document in Elasticsearch. */
export interface CollectorFragment extends ToolDocuments {
  /**
   * Lines of the real tool, for the demo and the tests; where none could be had, the folder's README says why. Read
   * from files, and only when asked for.
   */
  samples(): readonly SampleLines[];
  /**
   * Receivers of the node collector by their OpenTelemetry id, `<type>/<tool>[_part]`: files with one JSON object
   * per line. Delivery settings (checkpoints, retry) are the pipeline's and are added to each.
   * @param nodeLogBasePath Folder on the node below which each tool has one of its own.
   * @param podLogs Folder with the logs of the node's pods; those of the kubelet without.
   */
  receivers(nodeLogBasePath: string, podLogs?: string): Record<string, CollectorComponent>;
  /** Its lines are in the logs of its pods: the node's collector sees those of all pods then, and reads its own. */
  readsPodLogs?: true;
  /** For lines with what must not reach a queue, a file of the pipeline's or the network. */
  scrub?: Scrub;
  /** Line to document, at the gateway. */
  document: DocumentMapping;
}

/** A fragment as a plan has it: plain data for the stack's own log folder. */
export interface PlannedFragment {
  receivers: Record<string, CollectorComponent>;
  tool: string;
  index: ToolIndex;
  scrub?: Scrub;
  document: DocumentMapping;
  heartbeatMinutes?: number;
  readsPodLogs?: true;
}

/** The fragment as plain data: without what is a fact of the tool and no part of this stack. */
export function plannedFragment(collector: CollectorFragment, nodeLogBasePath: string): PlannedFragment {
  const { tool, index, scrub, document, heartbeatMinutes, readsPodLogs } = collector;
  return {
    tool,
    index,
    receivers: collector.receivers(nodeLogBasePath),
    document,
    ...(scrub === undefined ? {} : { scrub }),
    ...(heartbeatMinutes === undefined ? {} : { heartbeatMinutes }),
    ...(readsPodLogs === undefined ? {} : { readsPodLogs }),
  };
}

/**
 * How a line becomes a document, in OTTL of the log context. The parsed line is the map `log.cache["source"]`, the
 * document is the map `log.body`; what all documents have (time, host, cluster, tool, id) is made by the pipeline.
 */
export interface DocumentMapping {
  /** Statements on the text of the line, `log.body`, before it is parsed. */
  prepare?: string[];
  /** A line for which a condition does not hold goes to the dead-letter index, with the reason. */
  expects: { condition: string; reason: string }[];
  /** OTTL value: when it happened, as RFC 3339 text. Where it is none, the time of reading is taken. */
  time: string;
  /**
   * OTTL values that are strings and together tell one event from another: the document's `_id` is the first, which
   * is a time, and a hash of all. Without any, it is a hash of the line.
   */
  identity: string[];
  /** Fields that are the same in all documents, as nested maps. The statements may change them. */
  fixed?: Record<string, unknown>;
  /** Maps that the statements read values from, by name: `lookup(name, key)` in ottl.ts. */
  lookups?: Record<string, Readonly<Record<string, unknown>>>;
  statements: string[];
  /** What only some documents need, by a condition on the document. It does not see the parsed line. */
  afterwards?: { where: string; statements: string[] };
}

export type CollectorComponent = Record<string, unknown>;
