import { RULE_SEVERITIES } from "../../../components/gatekeeper/violation-severities";
import { CONNECTION_SEVERITIES } from "../../../components/istio/connection-severities";
import type { Document } from "../elastic/dashboard-oracle";

type Json = Record<string, unknown>;

/** What Gatekeeper's line says, by its own words. */
export function gatekeeper(line: Json): Document | undefined {
  const kind = String(line["constraint_kind"]);
  // "SecurityStackHostPaths"
  const rule = kind
    .replace(/^SecurityStack/, "")
    .replace(/(?!^)[A-Z]/g, "-$&")
    .toLowerCase();
  const severities: Record<string, number> = RULE_SEVERITIES;
  const stage = String(line["constraint_action"]);
  const isAudit = line["event_type"] === "violation_audited";
  const asked: Record<string, string> = { deny: "refused", warn: "warned", dryrun: "let-through" };
  const labels = (line["resource_labels"] ?? {}) as Record<string, string>;
  const until = new Date((Math.floor(Number(line["ts"])) + 7800) * 1000).toISOString();
  return {
    "@timestamp": line["@timestamp"],
    labels: { security_tool: "gatekeeper" },
    host: { name: "node-1" },
    event: {
      kind: isAudit ? "state" : "event",
      action: isAudit ? "audited" : asked[stage],
      severity: severities[rule] ?? 3,
    },
    rule: { name: rule },
    kubernetes: { namespace: line["resource_namespace"] },
    orchestrator: { resource: { name: line["resource_name"] } },
    user: { name: line["request_username"] },
    gatekeeper: {
      stage,
      ...(isAudit
        ? {
            owner: labels["owner"] ?? labels["team"] ?? "nobody",
            current_until: until,
            violation: JSON.stringify([
              kind,
              line["constraint_name"],
              line["resource_namespace"],
              line["resource_name"],
            ]),
          }
        : {}),
    },
  };
}

/** What ztunnel's line says. */
export function istio(line: Json): Document | undefined {
  const error = line["error"] === undefined ? undefined : String(line["error"]);
  const isInbound = line["direction"] === "inbound";
  const isClear =
    isInbound && line["src.identity"] === undefined && line["message"] === "connection complete";
  const action = outcomeOf(error, isClear);
  const severities: Record<string, number> = CONNECTION_SEVERITIES;
  const target = String(line["dst.hbone_addr"] ?? line["dst.addr"]);
  const source = String(line["src.addr"]);
  return {
    "@timestamp": line["@timestamp"],
    labels: { security_tool: "istio" },
    host: { name: "node-1" },
    event: { kind: "event", action, severity: severities[action] },
    kubernetes: { namespace: line[isInbound ? "dst.namespace" : "src.namespace"] },
    source: { ip: source.slice(0, source.lastIndexOf(":")).replace(/[[\]]/g, "") },
    destination: { port: Number(target.slice(target.lastIndexOf(":") + 1)), domain: line["dst.service"] },
    network: { direction: line["direction"] },
  };
}

function outcomeOf(error: string | undefined, isClear: boolean): string {
  const isRefused = error?.startsWith("connection closed due to policy") ?? false;
  if (isClear) return isRefused ? "plaintext-refused" : "plaintext-seen";
  if (isRefused) return "refused";
  if (error === undefined) return "connected";
  return error.startsWith("tls error") ? "tls-failed" : "failed";
}
