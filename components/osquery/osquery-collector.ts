import * as path from "node:path";
import { ALERT_WINDOW, type Alert, READ_AT } from "../documents/alerts";
import type { AlertThresholds, CollectorFragment } from "../documents/documents";
import { DATE, FLATTENED, INTEGER, KEYWORD, LONG, object, PROCESS } from "../documents/fields";
import { field, hash, literal, lookup, set, setInt, setText, source } from "../documents/ottl";
import { setFlattened } from "../documents/refused-fields";
import { readSamples } from "../documents/sample-lines";
import type { Severity } from "../documents/severities";
import type { Indices } from "../documents/store";
import { osqueryOcsf } from "./osquery-ocsf";
import { CURRENT_SECONDS, currentSeconds, STATE, STATE_INTERVAL_SECONDS } from "./packs";

/** Inventory is a state, not a finding. */
export const OSQUERY_SEVERITIES = { state: 1 } as const satisfies Record<string, Severity>;

/** The query's name as osquery writes it, without what tells its two runs apart. */
const NAME = 'log.cache["name"]';
const QUERY = 'log.cache["query"]';
const COLUMNS = 'log.cache["columns"]';
const column = (name: string) => `${COLUMNS}[${literal(name)}]`;
const SECONDS = `Int(${source("unixTime")})`;
const TIME_FORMAT = '"%Y-%m-%dT%H:%M:%SZ"';
const isQuery = (name: string) => `${QUERY} == ${literal(name)}`;

/**
 * osquery's results: differential rows in `osqueryd.results.log`, snapshots in `osqueryd.snapshots.log`, both
 * rotated to `.1` and then compressed (osquery docs, "Logging" and "Command line flags").
 *
 * `osquery.row_id` is one row of one host, whatever happens to it. A document is one state of it at a time: added,
 * removed, or seen in a snapshot. The newest document per `osquery.row_id` is the current state, until
 * `osquery.current_until`: a row that is there is seen again before, one that is not, because it or its node or the query
 * is gone, is not. That time is in the document, so that a filter of any query or dashboard can ask for it.
 */
export const osqueryCollector: CollectorFragment = {
  tool: "osquery",
  index: "inventory",
  severities: OSQUERY_SEVERITIES,
  fields: {
    osquery: object({
      query_name: KEYWORD,
      name: KEYWORD,
      action: KEYWORD,
      hostIdentifier: KEYWORD,
      row_id: KEYWORD,
      counter: LONG,
      current_until: DATE,
      columns: FLATTENED,
      snapshot: FLATTENED,
    }),
    network: object({ port: INTEGER, protocol: KEYWORD, address: KEYWORD }),
    process: PROCESS,
    user: object({ name: KEYWORD }),
  },
  rowIdentity: ["host.name", "osquery.row_id"],
  ocsf: osqueryOcsf,
  alerts: (indices, thresholds) => [massRemoval(indices, thresholds)],
  rowCurrentUntil: "osquery.current_until",
  // The agent writes a row about itself every five minutes.
  heartbeatMinutes: 30,
  samples: () => readSamples(path.join(__dirname, "samples")),
  receivers: (nodeLogBasePath) => ({
    "file_log/osquery": {
      include: ["results", "snapshots"].flatMap((log) => [
        `${nodeLogBasePath}/osquery/osqueryd.${log}.log`,
        `${nodeLogBasePath}/osquery/osqueryd.${log}.log.1`,
      ]),
    },
  }),
  document: {
    expects: [
      { condition: `IsString(${source("name")})`, reason: "an osquery result without a query name" },
      {
        condition: `IsMap(${source("columns")}) or IsList(${source("snapshot")})`,
        reason: "an osquery result without columns",
      },
    ],
    time: `FormatTime(Unix(${SECONDS}), ${TIME_FORMAT})`,
    identity: [`String(${source("unixTime")})`, field("osquery.row_id"), source("action")],
    lookups: { current: CURRENT_SECONDS },
    fixed: {
      event: {
        kind: "state",
        category: ["host"],
        type: ["info"],
        dataset: "osquery.results",
        severity: OSQUERY_SEVERITIES.state,
      },
    },
    statements: [...row(), ...current(), ...host(), ...details()],
  },
};

/** Queries of the packs whose rows don't come and go by themselves, as processes and ports do. */
const LASTING_ROWS = [
  ...["users", "groups", "authorized_keys", "ssh_private_keys", "deb_packages", "rpm_packages"],
  ...["crontab", "cron_scripts", "systemd_unit_files", "startup_scripts", "suid_bin"],
];

function massRemoval({ inventory }: Indices, { removedRows }: AlertThresholds): Alert {
  return {
    id: "security-mass-removal",
    name: "Many accounts, keys, packages or jobs removed from a node",
    severity: 4,
    fix: "Was it maintenance? The removed rows are in the inventory's index with event.action removed.",
    when: {
      ...{
        kind: "matching",
        index: inventory,
        timeField: READ_AT,
        minutes: ALERT_WINDOW,
        atLeast: removedRows,
      },
      filter: [
        { field: "event.action", is: "removed" },
        { field: "osquery.query_name", is: LASTING_ROWS },
      ],
      groupBy: ["host.name"],
    },
  };
}

function row(): string[] {
  const action = source("action");
  return [
    setText("event.action", action),
    `set(${NAME}, ${source("name")})`,
    `replace_pattern(${NAME}, "${STATE}$$", "")`,
    // "pack_<pack>_<query>": osquery's own joining of the two (--pack_delimiter).
    `set(${QUERY}, ${NAME})`,
    `replace_pattern(${QUERY}, "^pack_[^_]+_", "")`,
    set("osquery.query_name", QUERY),
    setText("osquery.name", source("name")),
    setText("osquery.action", action),
    setText("osquery.hostIdentifier", source("hostIdentifier")),
    setInt("osquery.counter", source("counter")),
    `set(${COLUMNS}, ${source("columns")})`,
    // Without --logger_snapshot_event_type all rows of a snapshot are in one line; one row is as good as an event.
    `set(${COLUMNS}, ${source("snapshot")}[0]) where ${COLUMNS} == nil and Len(${source("snapshot")}) == 1`,
    ...setFlattened("osquery.columns", COLUMNS),
    ...setFlattened("osquery.snapshot", source("snapshot"), `${COLUMNS} == nil`),
    set(
      "osquery.row_id",
      hash([source("hostIdentifier"), NAME, `String(${COLUMNS})`, `String(log.body["osquery"]["snapshot"])`]),
    ),
    set("message", QUERY),
    set("message", `Concat([${action}, ${QUERY}], " ")`, `${action} != nil`),
  ];
}

/** Until when the row counts as there without being seen again; one that went does not. */
function current(): string[] {
  const seconds = 'log.cache["current"]';
  const known = lookup("current", QUERY);
  return [
    `set(${seconds}, ${currentSeconds(STATE_INTERVAL_SECONDS)})`,
    `set(${seconds}, ${known}) where ${known} != nil`,
    `set(${seconds}, 0) where ${source("action")} == "removed"`,
    set("osquery.current_until", `FormatTime(Unix(${SECONDS} + ${seconds}), ${TIME_FORMAT})`),
  ];
}

/** What a query tells about the host itself. */
function host(): string[] {
  return [
    // The node's name as the cluster knows it: the one that osquery finds is its pod's.
    setText("host.hostname", field("host.name"), isQuery("system_info")),
    setText("host.os.name", column("name"), isQuery("os_version")),
    setText("host.os.version", column("version"), isQuery("os_version")),
    setText("host.os.platform", column("platform"), isQuery("os_version")),
    setText("host.os.kernel", column("version"), isQuery("kernel_info")),
  ];
}

/** Columns that have a field of their own in other tools' documents too. */
function details(): string[] {
  return [
    setInt("network.port", column("port")),
    setText("network.protocol", column("protocol"), `${column("port")} != nil`),
    setText("network.address", column("address")),
    setText("process.name", column("name"), `${column("pid")} != nil`),
    setText("process.executable", column("path"), `${column("pid")} != nil`),
    setInt("process.pid", column("pid")),
    setText("user.name", column("username")),
    `set(log.cache["container"], ExtractPatterns(${column("container_id")}, "^(?P<id>[0-9a-f]{12})"))`,
    setText("container.id", 'log.cache["container"]["id"]'),
    setText("kubernetes.pod.uid", column("pod_uid")),
  ];
}
