import * as path from "node:path";
import { ALERT_WINDOW, type Alert, READ_AT } from "../documents/alerts";
import type { CollectorComponent, CollectorFragment } from "../documents/documents";
import { INTEGER, KEYWORD, LONG, object } from "../documents/fields";
import { MATCHABLE } from "../documents/matchable";
import { LINE, source } from "../documents/ottl";
import {
  HAS_PREFIX,
  has,
  POD_LOGS,
  type PodLines,
  podLogReceiver,
  readPodSamples,
  WITHOUT_PREFIX,
  WRITTEN_AT,
} from "../documents/pod-logs";
import type { Indices } from "../documents/store";
import { CONNECTION_SEVERITIES, type Outcome } from "./connection-severities";
import { connectionStatements } from "./connection-statements";
import { NAMESPACE, ZTUNNEL } from "./istio-names";
import { istioOcsf } from "./istio-ocsf";

const TOOL = "istio";

/** What ztunnel logs of a connection when it ends, among its other lines. */
const IS_CONNECTION = has('"scope":"access"');
/** Nobody showed an identity where a connection came in, or it did not end well: some of a thousand in good order. */
const IS_NOTABLE = `(${has('"error":')} or (${has('"direction":"inbound"')} and not (${has('"src.identity":')})))`;

const LINES: Record<"notable" | "all", PodLines> = {
  notable: lines(`${IS_CONNECTION} and ${IS_NOTABLE}`),
  all: lines(IS_CONNECTION),
};

function lines(keeps: string): PodLines {
  return { namespace: NAMESPACE, pods: `${ZTUNNEL}-*`, container: "istio-proxy", keeps };
}

/** Receivers of ztunnel's access log. */
export function accessLogReceivers(
  which: "notable" | "all",
  podLogs = POD_LOGS,
): Record<string, CollectorComponent> {
  return { [`file_log/${TOOL}`]: podLogReceiver(LINES[which], podLogs) };
}

const PEER = object({ namespace: KEYWORD, workload: KEYWORD, identity: KEYWORD, cluster: KEYWORD });
// What is no address stays in the document and is not searched: the whole document would be refused.
const END = object({ ip: { type: "ip", ignore_malformed: true }, port: INTEGER, domain: KEYWORD });

/**
 * Connections of the mesh as ztunnel logs them in JSON when they end (istio/ztunnel 62d8265, src/proxy/metrics.rs:
 * access_log; src/telemetry.rs: IstioJsonFormat). No technique of ATT&CK is that somebody was refused.
 */
export const accessLogCollector: CollectorFragment = {
  tool: TOOL,
  index: "mesh",
  severities: CONNECTION_SEVERITIES,
  fields: {
    event: object({ outcome: KEYWORD }),
    error: object({ message: KEYWORD }),
    source: END,
    destination: END,
    network: object({ transport: KEYWORD, direction: KEYWORD }),
    istio: object({
      source: PEER,
      destination: PEER,
      bytes_sent: LONG,
      bytes_received: LONG,
      duration_ms: LONG,
    }),
  },
  matchable: { namespace: MATCHABLE.namespace },
  ocsf: istioOcsf,
  alerts: meshAlerts,
  readsPodLogs: true,
  samples: () => readPodSamples(path.join(__dirname, "samples"), LINES.notable, `${ZTUNNEL}-x2x7p_1`),
  receivers: (_nodeLogBasePath, podLogs) => accessLogReceivers("notable", podLogs),
  document: {
    prepare: [...WITHOUT_PREFIX],
    expects: [
      HAS_PREFIX,
      { condition: `${source("scope")} == "access"`, reason: "no line of ztunnel's access log" },
    ],
    time: WRITTEN_AT,
    identity: [WRITTEN_AT, LINE],
    fixed: {
      event: {
        kind: "event",
        category: ["network"],
        type: ["connection"],
        outcome: "success",
        dataset: "istio.connections",
      },
      network: { transport: "tcp" },
    },
    lookups: { severity: CONNECTION_SEVERITIES },
    statements: connectionStatements(),
  },
};

function meshAlerts({ mesh }: Indices): Alert[] {
  const of = (action: Outcome, atLeast: number, groupBy: string): Alert["when"] => ({
    ...{ kind: "matching", index: mesh, timeField: READ_AT, minutes: ALERT_WINDOW, atLeast },
    ...{ filter: [{ field: "event.action", is: action }], groupBy: [groupBy] },
  });
  return [
    {
      id: "security-plaintext-refused",
      name: "A namespace refused connections in clear",
      severity: 3,
      fix: "Who calls from outside of the mesh? Bring them in, or give their port an entry of exceptions: docs/zero-trust.md. Nobody you know: somebody looks for a way around.",
      when: of("plaintext-refused", 1, "kubernetes.namespace"),
    },
    {
      id: "security-mesh-tls-failures",
      name: "Connections of the mesh fail at their certificates",
      severity: 3,
      fix: "Does istiod answer and sign (kubectl get pods -n istio-system), and has the root certificate changed?",
      when: of("tls-failed", 10, "host.name"),
    },
  ];
}
