import { ALERT_WINDOW, type Alert, READ_AT } from "../documents/alerts";
import type { ToolDocuments } from "../documents/documents";
import { DATE, INTEGER, KEYWORD, LONG, object, RULE, TEXT } from "../documents/fields";
import { count } from "../documents/panel";
import { SEVERITY_NAMES, type Severity } from "../documents/severities";
import type { Indices } from "../documents/store";
import { correlationOcsf } from "./correlation-ocsf";
import { PASS_DATASET } from "./program/arrivals";
import { CHAIN_DATASET } from "./program/chain-document";

/** A rule has a severity of its own; these are the scale's words for it. */
const SEVERITIES = Object.fromEntries(
  Object.entries(SEVERITY_NAMES).map(([severity, word]) => [word, Number(severity) as Severity]),
);

const HIGH: Severity = 4;
/** As long as an alert rule looks back: a pass is due every minute. */
const SILENT_MINUTES = 15;

/** What the correlator writes: a document for each chain, and one for each pass that read new events. */
export const correlationDocuments: ToolDocuments = {
  tool: "correlation",
  index: "correlations",
  severities: SEVERITIES,
  fields: {
    rule: RULE,
    user: object({ name: KEYWORD }),
    correlation: object({
      title: TEXT,
      type: KEYWORD,
      key: KEYWORD,
      first: DATE,
      last: DATE,
      milliseconds: LONG,
      count: INTEGER,
      stage: KEYWORD,
      tools: KEYWORD,
      evidence: KEYWORD,
      raisedBy: KEYWORD,
      // The rest of each event is in the document and not searched.
      events: object({ id: KEYWORD }),
    }),
  },
  ocsf: correlationOcsf,
  alerts: (indices) => [chainFound(indices), correlatorSilent(indices)],
};

function chainFound({ correlations }: Indices): Alert {
  return {
    id: "security-correlation",
    name: "Chain of events of severity 4 or higher",
    severity: 5,
    fix: "See the dashboard Correlations: the chain's events are in the document, in their order, with what to do.",
    when: {
      ...{ kind: "matching", index: correlations, timeField: READ_AT, minutes: ALERT_WINDOW, atLeast: 1 },
      filter: [
        { field: "event.dataset", is: CHAIN_DATASET },
        { field: "event.severity", atLeast: HIGH },
      ],
      groupBy: ["rule.name", "event.id"],
    },
  };
}

function correlatorSilent({ correlations }: Indices): Alert {
  return {
    id: "security-correlator-silent",
    name: "The correlator has read no events for a quarter of an hour",
    severity: HIGH,
    fix: "Do its Jobs fail? `kubectl logs` of the newest pod of the CronJob correlator says why. Where no sensor sends anything, there is nothing to read.",
    when: {
      ...{ kind: "silence", index: correlations, minutes: SILENT_MINUTES },
      filter: [{ field: "event.dataset", is: PASS_DATASET }],
      groupBy: "orchestrator.cluster.name",
    },
  };
}

/** What is a chain, in panels. */
export const CHAINS = [{ field: "event.dataset", is: CHAIN_DATASET }] as const;

export const chains = count("chains");
