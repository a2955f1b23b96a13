import type { AlertsConfig } from "../core/config/alerts-schema";
import { HIGHEST_SEVERITY, type Severity } from "../documents/severities";
import type { Indices } from "../documents/store";
import type { Condition } from "./dashboards/condition";

/** An alert rule of which Kibana's rule and the query that shows whether it fires are made. */
export interface Alert {
  /** Fixed: the rule's id in Kibana. */
  id: string;
  name: string;
  severity: Severity;
  /** What the one who reads it is to do. */
  fix: string;
  when: Matching | Silence;
}

/** So many documents of a group in the last minutes. */
export interface Matching {
  kind: "matching";
  index: string;
  filter: readonly Condition[];
  /** The time by which a document is in the window. */
  timeField: string;
  minutes: number;
  atLeast: number;
  /** Fields; an alert for each combination of their values. Documents that lack one of them are not seen. */
  groupBy: readonly string[];
}

/** A group that sent documents sends none any more. */
export interface Silence {
  kind: "silence";
  index: string;
  filter: readonly Condition[];
  minutes: number;
  groupBy: string;
}

/** When the node's collector read the line: what was late on the node is in the window all the same. */
const READ_AT = "event.created";
const WINDOW = 15;

/** Clearing of logs and histories, deletion and destruction of data (attack.mitre.org). */
const DESTRUCTION = [
  ...["T1070", "T1070.002", "T1070.003", "T1070.004"],
  ...["T1485", "T1490", "T1561", "T1561.001", "T1561.002"],
];

/** Queries of osquery's packs whose rows don't come and go by themselves, as processes and ports do. */
const LASTING_ROWS = [
  ...["users", "groups", "authorized_keys", "ssh_private_keys", "deb_packages", "rpm_packages"],
  ...["crontab", "cron_scripts", "systemd_unit_files", "startup_scripts", "suid_bin"],
];

/**
 * The alert rules of the stack, as data. Deletion of documents in Elasticsearch itself can't be told from documents:
 * no key of the stack's writers may delete, and its audit log is not in the basic license.
 */
export function alerts(indices: Indices, config: AlertsConfig): Alert[] {
  return [
    severeEvent(indices, config),
    fixableVulnerability(indices),
    ...silentSensors(indices, config),
    deadLetters(indices, config),
    destruction(indices, config),
    massRemoval(indices, config),
  ];
}

function severeEvent({ events }: Indices, { severity }: AlertsConfig): Alert {
  return {
    id: "security-severe-event",
    name: `Event of severity ${severity}${severity < HIGHEST_SEVERITY ? " or higher" : ""}`,
    severity: HIGHEST_SEVERITY,
    fix: "See the dashboard Detections: which process in which pod, and what else the pod did.",
    when: {
      ...{ kind: "matching", index: events, timeField: READ_AT, minutes: WINDOW, atLeast: 1 },
      filter: [{ field: "event.severity", atLeast: severity }],
      // Every alert of Falco and every match of Tetragon has both.
      groupBy: ["rule.name", "host.name"],
    },
  };
}

function fixableVulnerability({ vulnerabilities }: Indices): Alert {
  return {
    id: "security-fixable-vulnerability",
    name: "New critical vulnerability with a fix in a running workload",
    severity: HIGHEST_SEVERITY,
    fix: "Build the image anew with the fixed version: see the dashboard Vulnerabilities.",
    when: {
      ...{ kind: "matching", index: vulnerabilities, minutes: 60, atLeast: 1 },
      // The reporter closes what is in no running workload.
      filter: [
        { field: "vulnerability.state", is: "open" },
        { field: "event.severity", is: HIGHEST_SEVERITY },
        { field: "vulnerability.fixedVersion", exists: true },
      ],
      timeField: "vulnerability.firstSeen",
      groupBy: ["kubernetes.namespace", "workload.name"],
    },
  };
}

function silentSensors({ events, inventory }: Indices, { silentAfterMinutes }: AlertsConfig): Alert[] {
  return Object.entries(silentAfterMinutes).map(([tool, minutes]) => ({
    id: `security-silent-${tool.replace(/\W/g, "-")}`,
    name: `Silent sensor: ${tool}`,
    severity: 4,
    fix: "Is the sensor's pod on this node ready, and does it write to nodeLogBasePath?",
    when: {
      ...{ kind: "silence", index: `${events},${inventory}`, minutes },
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
      ...{ kind: "matching", index: deadLetter, filter: [], timeField: READ_AT, minutes: WINDOW },
      atLeast: config.deadLetters,
      groupBy: ["labels.security_tool"],
    },
  };
}

function destruction({ events }: Indices, { deletions }: AlertsConfig): Alert {
  return {
    id: "security-destruction",
    name: "Logs cleared or data destroyed",
    severity: HIGHEST_SEVERITY,
    fix: "Isolate the workload, and keep the node's volumes: see the dashboard Detections.",
    when: {
      ...{ kind: "matching", index: events, timeField: READ_AT, minutes: WINDOW, atLeast: deletions },
      filter: [{ field: "threat.technique.id", is: DESTRUCTION }],
      groupBy: ["host.name"],
    },
  };
}

function massRemoval({ inventory }: Indices, { removedRows }: AlertsConfig): Alert {
  return {
    id: "security-mass-removal",
    name: "Many accounts, keys, packages or jobs removed from a node",
    severity: 4,
    fix: "Was it maintenance? The removed rows are in the inventory's index with event.action removed.",
    when: {
      ...{ kind: "matching", index: inventory, timeField: READ_AT, minutes: WINDOW, atLeast: removedRows },
      filter: [
        { field: "event.action", is: "removed" },
        { field: "osquery.query_name", is: LASTING_ROWS },
      ],
      groupBy: ["host.name"],
    },
  };
}
