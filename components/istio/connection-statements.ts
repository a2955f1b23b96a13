import { constant, field, literal, lookup, set, setInt, setText, source } from "../documents/ottl";
import type { Outcome } from "./connection-severities";

const MESSAGE = source("message");
const ERROR = source("error");
const INBOUND = `${source("direction")} == "inbound"`;
const OUTBOUND = `${source("direction")} == "outbound"`;
const ADDRESS = "^\\[?(?P<ip>[^\\]]+?)\\]?:(?P<port>[0-9]+)$";

const says = (text: string) => `(${ERROR} != nil and Index(${ERROR}, ${literal(text)}) >= 0)`;

/**
 * Nobody has shown an identity. Of a connection that ends as "connection failed" ztunnel does not know yet whose it is
 * (src/proxy/metrics.rs: log_early_deny).
 */
const IN_CLEAR = `${INBOUND} and ${source("src.identity")} == nil and ${MESSAGE} == "connection complete"`;

/** Texts of errors: istio/ztunnel 62d8265 (2026-08-20), src/proxy.rs: Error. */
const REFUSED = says("connection closed due to policy");
const TLS_FAILED = ["tls error", "identity error", "revoked by CRL"].map(says).join(" or ");

/** From a line of ztunnel's access log to the fields of its document. */
export function connectionStatements(): string[] {
  return [
    ...outcome(),
    ...ends(),
    ...peer("src", "source"),
    ...peer("dst", "destination"),
    ...pod(),
    ...message(),
  ];
}

function outcome(): string[] {
  const is = (what: Outcome, where: string) => set("event.action", constant(what), where);
  const action = field("event.action");
  return [
    is("connected", `${ERROR} == nil`),
    is("failed", `${ERROR} != nil`),
    is("tls-failed", TLS_FAILED),
    is("refused", REFUSED),
    is("plaintext-seen", IN_CLEAR),
    is("plaintext-refused", `${IN_CLEAR} and ${REFUSED}`),
    set("event.severity", lookup("severity", action), `${lookup("severity", action)} != nil`),
    set("event.outcome", '"failure"', `${ERROR} != nil`),
    set("event.type", '["connection", "denied"]', REFUSED),
    setText("error.message", ERROR),
    setText("network.direction", source("direction")),
    setInt("istio.bytes_sent", source("bytes_sent")),
    setInt("istio.bytes_received", source("bytes_recv")),
    ...duration(),
  ];
}

/** "12ms" */
function duration(): string[] {
  const found = 'log.cache["duration"]';
  return [
    `set(${found}, ExtractPatterns(${source("duration")}, "^(?P<ms>[0-9]+)ms"))`,
    setInt("istio.duration_ms", `${found}["ms"]`),
  ];
}

/** Of a connection through the mesh the second address is where it was meant to go; the first is ztunnel's own port. */
function ends(): string[] {
  const address = (side: "source" | "destination", value: string) => {
    const found = `log.cache[${literal(`${value}.parts`)}]`;
    return [
      `set(${found}, ExtractPatterns(${source(value)}, ${literal(ADDRESS)})) where ${source(value)} != nil`,
      setText(`${side}.ip`, `${found}["ip"]`, `${found}["ip"] != nil`),
      setInt(`${side}.port`, `${found}["port"]`, `${found}["port"] != nil`),
    ];
  };
  return [
    ...address("source", "src.addr"),
    ...address("destination", "dst.addr"),
    ...address("destination", "dst.hbone_addr"),
    setText("destination.domain", source("dst.service")),
  ];
}

function peer(side: "src" | "dst", name: "source" | "destination"): string[] {
  return ["namespace", "workload", "identity", "cluster"].map((key) =>
    setText(`istio.${name}.${key}`, source(`${side}.${key}`), `${source(`${side}.${key}`)} != "unknown"`),
  );
}

/** The pod of this node: ztunnel calls a pod's name its workload. */
function pod(): string[] {
  return [
    ["src", OUTBOUND],
    ["dst", INBOUND],
  ].flatMap(([side, where]) => [
    setText("kubernetes.namespace", source(`${side}.namespace`), where),
    setText("kubernetes.pod.name", source(`${side}.workload`), where),
  ]);
}

/** "plaintext-refused: 10.244.1.9 -> shop/web-1:8080" */
function message(): string[] {
  const end = (side: "src" | "dst", ip: string) => {
    const name = `log.cache[${literal(`${side}.name`)}]`;
    const [namespace, workload] = [source(`${side}.namespace`), source(`${side}.workload`)];
    return [
      `set(${name}, "unknown")`,
      `set(${name}, ${ip}) where ${ip} != nil`,
      `set(${name}, Concat([String(${namespace}), String(${workload})], "/")) where ${workload} != nil`,
    ];
  };
  const [from, to] = ['log.cache["src.name"]', 'log.cache["dst.name"]'];
  const port = field("destination.port");
  return [
    ...end("src", field("source.ip")),
    ...end("dst", field("destination.ip")),
    `set(${to}, Concat([${to}, String(${port})], ":")) where ${port} != nil`,
    set("message", `Concat([${field("event.action")}, ": ", ${from}, " -> ", ${to}], "")`),
  ];
}
