import { DROP_SEVERITIES } from "../../../components/cilium/drop-reasons";
import { FALCO_SEVERITIES } from "../../../components/falco/falco-collector";
import { TETRAGON_SEVERITIES } from "../../../components/tetragon/tetragon-collector";
import type { Line } from "../../../tools/generate/dashboards/line";
import type { Document } from "../elastic/dashboard-oracle";
import { auditDocument } from "../k8s-audit/oracle";
import { gatekeeper, istio } from "./zero-trust-oracle";

type Json = Record<string, unknown>;

/**
 * What the document of a sensor's line is to say, as far as the dashboards ask: read from the line by the sensors' own
 * documentation, without the collectors. Undefined for a line that can't become a document.
 */
export function documentOf({ tool, text }: Line): Document | undefined {
  const line = parse(text);
  if (!line) return undefined;
  return READERS[tool]?.(line);
}

/** The reason that a dead letter is to give, for lines of which {@link documentOf} is undefined. */
export function reasonOf({ tool, text }: Line): string {
  const line = parse(text);
  if (!line) return "not a JSON object";
  if (tool === "falco") return "a Falco event without a rule";
  if (tool === "tetragon") return "no Tetragon event of a known type";
  return "an osquery result without columns";
}

const READERS: Record<string, (line: Json) => Document | undefined> = {
  ...{ falco, tetragon, osquery, cilium },
  ...{ gatekeeper, istio },
  k8s_audit: auditDocument,
};

function parse(text: string): Json | undefined {
  try {
    // What a container runtime puts before a line of a pod's log: the time is the document's.
    const [, time, line] = /^(\S+) std(?:out|err) F (.*)$/s.exec(text) ?? [];
    return (line === undefined ? JSON.parse(text) : { ...JSON.parse(line), "@timestamp": time }) as Json;
  } catch {
    return undefined;
  }
}

function falco(line: Json): Document | undefined {
  if (typeof line["rule"] !== "string") return undefined;
  const fields = line["output_fields"] as Json;
  const severities: Record<string, number> = FALCO_SEVERITIES;
  const tags = (line["tags"] ?? []) as string[];
  return {
    "@timestamp": line["time"],
    labels: { security_tool: "falco" },
    host: { name: "node-1" },
    event: {
      kind: line["source"] === "internal" ? "metric" : "alert",
      severity: severities[String(line["priority"])],
    },
    rule: { name: line["rule"] },
    threat: { technique: { id: tags.filter((tag) => /^T\d{4}/.test(tag)).slice(0, 3) } },
    kubernetes: { namespace: fields["k8s.ns.name"], pod: { name: fields["k8s.pod.name"] } },
    process: { executable: fields["proc.exepath"] },
  };
}

function tetragon(line: Json): Document | undefined {
  const type = Object.keys(TETRAGON_SEVERITIES).find((one) => one in line);
  if (!type) return undefined;
  const severities: Record<string, number> = TETRAGON_SEVERITIES;
  const event = line[type] as Json;
  const process = (event["process"] ?? {}) as Json;
  const pod = process["pod"] as Json | undefined;
  const policy = event["policy_name"];
  const tags = (event["tags"] ?? []) as string[];
  const techniques = tags.flatMap((tag) => /^mitre\.(T\d{4}.*)$/.exec(tag)?.[1] ?? []);
  return {
    "@timestamp": line["time"],
    labels: { security_tool: "tetragon" },
    host: { name: "node-1" },
    event: { kind: policy ? "alert" : "event", action: type, severity: severities[type] },
    rule: { name: policy },
    threat: { technique: { id: techniques.slice(0, 3) } },
    kubernetes: { namespace: pod?.["namespace"], pod: { name: pod?.["name"] } },
    process: { executable: process["binary"] },
  };
}

function osquery(line: Json): Document | undefined {
  const columns = line["columns"] as Record<string, string> | undefined;
  if (!columns) return undefined;
  const name = String(line["name"]).replace(/_state$/, "");
  const query = name.replace(/^pack_[^_]+_/, "");
  const { port, pid, path, container_id } = columns;
  return {
    "@timestamp": new Date(Number(line["unixTime"]) * 1000).toISOString(),
    labels: { security_tool: "osquery" },
    host: {
      name: "node-1",
      os: {
        kernel: query === "kernel_info" ? columns["version"] : undefined,
        version: query === "os_version" ? columns["version"] : undefined,
      },
    },
    event: { kind: "state", action: line["action"], severity: 1 },
    // A row is its query and its columns, whatever happens to it.
    osquery: {
      query_name: query,
      row: JSON.stringify([name, columns]),
      current_until: new Date(
        (Number(line["unixTime"]) + currentSeconds(query, line["action"])) * 1000,
      ).toISOString(),
    },
    network: { port: port === undefined ? undefined : Number(port) },
    process: { executable: pid === undefined ? undefined : path },
    container: { id: container_id?.slice(0, 12) },
  };
}

/** Twice the time in which it is seen again, and a quarter of an hour; what went is not. */
function currentSeconds(query: string, action: unknown): number {
  if (action === "removed") return 0;
  return 2 * (query === "agent" ? 300 : 1800) + 900;
}

/** The pod is the one that the policy is of: who sends, on the way out, and who would have got it, on the way in. */
function cilium(line: Json): Document | undefined {
  interface Peer {
    namespace?: string;
    pod_name?: string;
    workloads?: { name: string }[];
  }
  interface Flow {
    drop_reason_desc: string;
    traffic_direction: string;
    IP: { source: string; destination: string };
    l4: Record<string, { destination_port?: number }>;
    source: Peer;
    destination: Peer;
    egress_denied_by?: { name: string }[];
    destination_names?: string[];
  }
  const flow = line["flow"] as Flow | undefined;
  if (!flow) return undefined;
  const isMetadata = flow.IP.destination === "169.254.169.254";
  const severities: Record<string, number> = DROP_SEVERITIES;
  const { namespace, pod_name: pod } = flow.traffic_direction === "EGRESS" ? flow.source : flow.destination;
  return {
    "@timestamp": line["time"],
    labels: { security_tool: "cilium" },
    host: { name: "node-1" },
    event: {
      kind: "event",
      action: flow.drop_reason_desc,
      severity: isMetadata ? 4 : (severities[flow.drop_reason_desc] ?? 1),
    },
    rule: { name: flow.egress_denied_by?.[0]?.name },
    threat: { technique: { id: isMetadata ? ["T1552.005"] : [] } },
    kubernetes: { namespace, pod: { name: pod } },
    network: { direction: flow.traffic_direction.toLowerCase() },
    destination: {
      ip: flow.IP.destination,
      port: Object.values(flow.l4)[0]?.destination_port,
      domain: flow.destination_names?.[0],
    },
    cilium: {
      drop_reason: flow.drop_reason_desc,
      source: { workload: flow.source.workloads?.[0]?.name },
      destination: { workload: flow.destination.workloads?.[0]?.name },
    },
  };
}
