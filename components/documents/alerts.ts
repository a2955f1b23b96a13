import type { Condition } from "./condition";
import type { Severity } from "./severities";

/** An alert rule, from which Kibana's rule and the query that shows whether it fires are made. */
export interface Alert {
  /** Fixed: the rule's id in Kibana. */
  id: string;
  name: string;
  severity: Severity;
  /** What its reader should do. */
  fix: string;
  when: Matching | Silence;
}

/** A number of documents of a group within the last minutes. */
export interface Matching {
  kind: "matching";
  index: string;
  filter: readonly Condition[];
  /** The time field that decides whether a document is in the window. */
  timeField: string;
  minutes: number;
  atLeast: number;
  /** Fields; an alert for each combination of their values. Documents that lack one of them are not seen. */
  groupBy: readonly string[];
}

/** A group that used to send documents sends none any more. */
export interface Silence {
  kind: "silence";
  index: string;
  filter: readonly Condition[];
  minutes: number;
  groupBy: string;
}

/** When the node's collector read the line: a line that was held up on the node is still within the window. */
export const READ_AT = "event.created";

/** Minutes that a rule of events looks back. */
export const ALERT_WINDOW = 15;
