import * as path from "node:path";
import { type Alert, READ_AT } from "../documents/alerts";
import type { Condition } from "../documents/condition";
import type { CollectorFragment } from "../documents/documents";
import { INTEGER, KEYWORD, LONG, object, RULE } from "../documents/fields";
import { MATCHABLE } from "../documents/matchable";
import { LINE, source } from "../documents/ottl";
import { readSamples } from "../documents/sample-lines";
import type { Indices } from "../documents/store";
import { NAME } from "./cilium-names";
import { DROP_SEVERITIES, FULL_TABLES, OTHER_REASON } from "./drop-reasons";
import { hubbleOcsf } from "./hubble-ocsf";
import { hubbleStatements } from "./hubble-statements";

const PEER = object({ namespace: KEYWORD, pod: KEYWORD, workload: KEYWORD, identity: LONG, labels: KEYWORD });
// What is no address stays in the document and is not searched: the whole document would be refused.
const END = object({ ip: { type: "ip", ignore_malformed: true }, port: INTEGER, domain: KEYWORD });

/**
 * Packets that Cilium dropped, as Hubble's exporter writes them: `<base>/cilium/events.log`, rotated to
 * `events-<time>.log` (cilium/cilium v1.20, pkg/hubble/exporter). Fields: api/v1/flow/flow.proto, as protobuf's JSON with
 * the names of the file (zeros left out).
 */
export const hubbleCollector: CollectorFragment = {
  tool: NAME,
  index: "network",
  severities: { ...DROP_SEVERITIES, "other reason": OTHER_REASON },
  fields: {
    rule: RULE,
    source: END,
    destination: END,
    network: object({ transport: KEYWORD, type: KEYWORD, direction: KEYWORD }),
    cilium: object({
      drop_reason: KEYWORD,
      uuid: KEYWORD,
      source: PEER,
      destination: PEER,
      file: KEYWORD,
    }),
  },
  matchable: {
    namespace: MATCHABLE.namespace,
    rule: MATCHABLE.rule,
    technique: MATCHABLE.technique,
  },
  ocsf: hubbleOcsf,
  alerts: dropAlerts,
  samples: () => readSamples(path.join(__dirname, "samples")),
  receivers: (nodeLogBasePath) => ({
    [`file_log/${NAME}`]: { include: [`${nodeLogBasePath}/${NAME}/events*.log`] },
  }),
  document: {
    expects: [{ condition: `IsMap(${source("flow")})`, reason: "no flow of Hubble" }],
    time: source("time"),
    // Two packets of one moment may differ in anything.
    identity: [source("time"), LINE],
    fixed: {
      event: {
        kind: "event",
        category: ["network"],
        type: ["connection", "denied"],
        outcome: "failure",
        dataset: "cilium.drops",
        severity: OTHER_REASON,
      },
    },
    lookups: { severity: DROP_SEVERITIES },
    statements: hubbleStatements(),
  },
};

const WINDOW_MINUTES = 15;

function dropAlerts({ network }: Indices): Alert[] {
  const drops = (atLeast: number, filter: Condition, groupBy: string): Alert["when"] => ({
    ...{ kind: "matching", index: network, timeField: READ_AT, minutes: WINDOW_MINUTES, atLeast },
    ...{ filter: [filter], groupBy: [groupBy] },
  });
  return [
    {
      id: "security-drops-rising",
      name: "Much traffic of a namespace is dropped",
      severity: 3,
      fix: "Was a policy changed, or does something scan? The dashboard of dropped traffic shows who wanted to go where.",
      when: drops(1000, { field: "labels.security_tool", is: NAME }, "kubernetes.namespace"),
    },
    {
      id: "security-unencrypted-traffic",
      name: "Traffic between nodes was not encrypted, and dropped",
      severity: 3,
      fix: "Does every node have the others' keys (cilium-dbg encrypt status), and is UDP 51871 open between them?",
      when: drops(20, { field: "cilium.drop_reason", is: "UNENCRYPTED_TRAFFIC" }, "host.name"),
    },
    {
      id: "security-connection-tables-full",
      name: "Connections are lost because a table of the node's agent is full",
      severity: 4,
      fix: "Who opens so many connections? The dashboard of dropped traffic shows the pods; nodes with more memory have larger tables.",
      when: drops(20, { field: "cilium.drop_reason", is: FULL_TABLES }, "host.name"),
    },
  ];
}
