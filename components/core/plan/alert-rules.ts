import { ALERT_WINDOW, type Alert, READ_AT } from "../../documents/alerts";
import type { ToolDocuments } from "../../documents/documents";
import { EXCEPTED } from "../../documents/fields";
import { HIGHEST_SEVERITY } from "../../documents/severities";
import type { Indices } from "../../documents/store";
import type { AlertsConfig } from "../config/alerts-schema";
import type { PlannedFeature } from "../contract/contribution";

/** Clearing of logs and histories, deletion and destruction of data (attack.mitre.org). */
const DESTRUCTION = [
  ...["T1070", "T1070.002", "T1070.003", "T1070.004"],
  ...["T1485", "T1490", "T1561", "T1561.001", "T1561.002"],
];

/**
 * The alert rules of the stack, as data. Deletion of documents in Elasticsearch itself can't be told from documents:
 * no key of the stack's writers may delete, and its audit log is not in the basic license.
 */
export function alerts(indices: Indices, config: AlertsConfig, documents: readonly ToolDocuments[]): Alert[] {
  return [
    severeEvent(indices, config),
    ...silentSensors(indices, config),
    deadLetters(indices, config),
    destruction(indices, config),
    ...documents.flatMap((tool) => tool.alerts?.(indices, config) ?? []),
  ].map(withoutExcepted);
}

/** No rule counts documents that an exception mutes. That a sensor is there is told by those too. */
function withoutExcepted(alert: Alert): Alert {
  const { when } = alert;
  if (when.kind === "silence") return alert;
  return {
    ...alert,
    when: { ...when, filter: [...when.filter, { not: { field: EXCEPTED, exists: true } }] },
  };
}

/** Minutes by tool after which its silence is a bad sign, as the tools that are on say. */
export function heartbeats(contributions: readonly PlannedFeature[]): Record<string, number> {
  const collected = contributions.flatMap(({ contribution }) => contribution.collector ?? []);
  return Object.fromEntries(
    collected.flatMap(({ tool, heartbeatMinutes }) => (heartbeatMinutes ? [[tool, heartbeatMinutes]] : [])),
  );
}

function severeEvent({ events, audit }: Indices, { severity }: AlertsConfig): Alert {
  return {
    id: "security-severe-event",
    name: `Event of severity ${severity}${severity < HIGHEST_SEVERITY ? " or higher" : ""}`,
    severity: HIGHEST_SEVERITY,
    fix: "See the dashboard Detections: which process in which pod, and what else the pod did.",
    when: {
      ...{ kind: "matching", index: `${events},${audit}`, timeField: READ_AT },
      ...{ minutes: ALERT_WINDOW, atLeast: 1 },
      filter: [{ field: "event.severity", atLeast: severity }],
      // Every detection has both.
      groupBy: ["rule.name", "host.name"],
    },
  };
}

function silentSensors({ events, inventory, audit }: Indices, { silentAfterMinutes }: AlertsConfig): Alert[] {
  return Object.entries(silentAfterMinutes).map(([tool, minutes]) => ({
    id: `security-silent-${tool.replace(/\W/g, "-")}`,
    name: `Silent sensor: ${tool}`,
    severity: 4,
    fix: "Is the sensor's pod on this node ready, and does it write to nodeLogBasePath?",
    when: {
      ...{ kind: "silence", index: [events, inventory, audit].join(","), minutes },
      filter: [{ field: "labels.security_tool", is: tool }],
      groupBy: "host.name",
    },
  }));
}

function deadLetters({ deadLetter }: Indices, config: AlertsConfig): Alert {
  return {
    id: "security-dead-letters",
    name: "Log lines that could not become a document",
    severity: 3,
    fix: "See the reasons in the dashboard Pipeline health: a sensor's new version may write another format.",
    when: {
      ...{ kind: "matching", index: deadLetter, filter: [], timeField: READ_AT, minutes: ALERT_WINDOW },
      atLeast: config.deadLetters,
      groupBy: ["labels.security_tool"],
    },
  };
}

function destruction({ events, audit }: Indices, { deletions }: AlertsConfig): Alert {
  return {
    id: "security-destruction",
    name: "Logs cleared or data destroyed",
    severity: HIGHEST_SEVERITY,
    fix: "Isolate the workload, and keep the node's volumes: see the dashboard Detections.",
    when: {
      ...{ kind: "matching", index: `${events},${audit}`, timeField: READ_AT },
      ...{ minutes: ALERT_WINDOW, atLeast: deletions },
      filter: [{ field: "threat.technique.id", is: DESTRUCTION }],
      groupBy: ["host.name"],
    },
  };
}
