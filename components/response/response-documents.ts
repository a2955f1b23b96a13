import { ALERT_WINDOW, type Alert, READ_AT } from "../documents/alerts";
import type { ToolDocuments } from "../documents/documents";
import { KEYWORD, object, RULE } from "../documents/fields";
import { SEVERITY_NAMES, type Severity } from "../documents/severities";
import type { Indices } from "../documents/store";
import { RESPONSE_DATASET } from "./program/audit";
import { responseOcsf } from "./response-ocsf";

/** An entry has the severity of its alert. */
const SEVERITIES = Object.fromEntries(
  Object.entries(SEVERITY_NAMES).map(([severity, word]) => [word, Number(severity) as Severity]),
);

/** Of the ids of alert rules about responses: the responder is not told of its own. */
export const OWN_ALERTS = "security-response-";

/** What the responder writes: an entry for each thing that it did, or did not do. */
export const responseDocuments: ToolDocuments = {
  tool: "response",
  index: "responses",
  severities: SEVERITIES,
  ocsf: responseOcsf,
  fields: {
    rule: RULE,
    response: object({
      id: KEYWORD,
      alert: KEYWORD,
      rule: KEYWORD,
      action: KEYWORD,
      mode: KEYWORD,
      verdict: KEYWORD,
      reason: KEYWORD,
      by: KEYWORD,
      workload: KEYWORD,
      allowing: KEYWORD,
      address: KEYWORD,
    }),
  },
  alerts: (indices) => [proposed(indices), acted(indices)],
};

function proposed(indices: Indices): Alert {
  return {
    ...alertOf(indices, ["proposed"]),
    id: `${OWN_ALERTS}proposed`,
    name: "A response waits for approval",
    severity: 4,
    fix: "See what it is about: npm run response -- list; then npm run response -- approve or reject with its id.",
  };
}

function acted(indices: Indices): Alert {
  return {
    ...alertOf(indices, ["done", "failed"]),
    id: `${OWN_ALERTS}acted`,
    name: "A response was carried out, or failed",
    severity: 4,
    fix: "See npm run response -- list. A quarantined pod runs on: look at it, then release or delete it.",
  };
}

function alertOf({ responses }: Indices, verdicts: string[]): Pick<Alert, "when"> {
  return {
    when: {
      ...{ kind: "matching", index: responses, timeField: READ_AT, minutes: ALERT_WINDOW, atLeast: 1 },
      filter: [
        { field: "event.dataset", is: RESPONSE_DATASET },
        { field: "response.verdict", is: verdicts },
        { field: "response.mode", is: ["approve", "enforce"] },
      ],
      groupBy: ["response.id", "response.action", "kubernetes.pod.name"],
    },
  };
}
