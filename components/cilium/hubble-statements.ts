import { TACTICS } from "../documents/attack";
import { field, literal, lookup, set, setInt, setList, setText, source } from "../documents/ottl";

const flow = (...keys: string[]) => source("flow", ...keys);
const REASON = flow("drop_reason_desc");

/** Where a cloud hands out its nodes' credentials. */
const METADATA_ADDRESSES = ["169.254.169.254", "fd00:ec2::254"];

/** From a dropped packet to the fields of its document. */
export function hubbleStatements(): string[] {
  return [
    ...reason(),
    ...ends(),
    ...peer("source"),
    ...peer("destination"),
    ...pod(),
    ...policies(),
    ...metadataService(),
    ...message(),
  ];
}

function reason(): string[] {
  return [
    setText("event.action", REASON),
    setText("cilium.drop_reason", REASON),
    set("event.severity", lookup("severity", REASON), `${lookup("severity", REASON)} != nil`),
    setText("cilium.uuid", flow("uuid")),
    setText("cilium.file", flow("file", "name")),
  ];
}

function ends(): string[] {
  const sides = ["source", "destination"] as const;
  const protocols = ["TCP", "UDP", "SCTP"].flatMap((protocol) => [
    set("network.transport", literal(protocol.toLowerCase()), `${flow("l4", protocol)} != nil`),
    ...sides.map((side) => setInt(`${side}.port`, flow("l4", protocol, `${side}_port`))),
  ]);
  return [
    ...sides.flatMap((side) => [
      setText(`${side}.ip`, flow("IP", side)),
      setText(`${side}.domain`, `${flow(`${side}_names`)}[0]`, `IsList(${flow(`${side}_names`)})`),
    ]),
    ...protocols,
    set("network.transport", '"icmp"', `${flow("l4", "ICMPv4")} != nil or ${flow("l4", "ICMPv6")} != nil`),
    set("network.type", '"ipv4"', `${flow("IP", "ipVersion")} == "IPv4"`),
    set("network.type", '"ipv6"', `${flow("IP", "ipVersion")} == "IPv6"`),
    set("network.direction", '"egress"', `${flow("traffic_direction")} == "EGRESS"`),
    set("network.direction", '"ingress"', `${flow("traffic_direction")} == "INGRESS"`),
  ];
}

function peer(side: "source" | "destination"): string[] {
  const of = (...keys: string[]) => flow(side, ...keys);
  const name = (field: string) => `cilium.${side}.${field}`;
  return [
    setText(name("namespace"), of("namespace")),
    setText(name("pod"), of("pod_name")),
    setText(name("workload"), `${of("workloads")}[0]["name"]`, `IsList(${of("workloads")})`),
    setInt(name("identity"), of("identity")),
    ...setList(name("labels"), of("labels")),
  ];
}

/** The pod of this node, whose policy it was: who sent what may not leave, who would have got what may not arrive. */
function pod(): string[] {
  return (["source", "destination"] as const).flatMap((side) => {
    const direction = side === "source" ? "EGRESS" : "INGRESS";
    const where = `${flow("traffic_direction")} == "${direction}"`;
    return [
      setText("kubernetes.namespace", flow(side, "namespace"), where),
      setText("kubernetes.pod.name", flow(side, "pod_name"), where),
    ];
  });
}

/** The first that denies by name; what no policy allows is denied by none in particular. */
function policies(): string[] {
  return ["egress_denied_by", "ingress_denied_by"].map((key) =>
    setText("rule.name", `${flow(key)}[0]["name"]`, `IsList(${flow(key)})`),
  );
}

/** Unsecured credentials: cloud instance metadata API. */
function metadataService(): string[] {
  const isIt = METADATA_ADDRESSES.map(
    (address) => `${flow("IP", "destination")} == ${literal(address)}`,
  ).join(" or ");
  return [
    set("event.severity", "4", isIt),
    set("threat.technique.id", '["T1552.005"]', isIt),
    set("threat.tactic.id", `[${literal(TACTICS["credential_access"]!)}]`, isIt),
  ];
}

/** "POLICY_DENIED: shop/web-1 -> 203.0.113.9:443 tcp" */
function message(): string[] {
  const end = (side: "source" | "destination") => {
    const name = `log.cache[${literal(`${side}.name`)}]`;
    const [namespace, pod, port] = [flow(side, "namespace"), flow(side, "pod_name"), field(`${side}.port`)];
    return [
      `set(${name}, "unknown")`,
      `set(${name}, String(${flow("IP", side)})) where ${flow("IP", side)} != nil`,
      `set(${name}, Concat([String(${namespace}), String(${pod})], "/")) where ${pod} != nil`,
      ...(side === "destination"
        ? [`set(${name}, Concat([${name}, String(${port})], ":")) where ${port} != nil`]
        : []),
    ];
  };
  const [from, to] = ['log.cache["source.name"]', 'log.cache["destination.name"]'];
  return [
    ...end("source"),
    ...end("destination"),
    set("message", `Concat(["dropped:", ${from}, "->", ${to}], " ")`),
    set("message", `Concat([String(${REASON}), ": ", ${from}, " -> ", ${to}], "")`, `${REASON} != nil`),
  ];
}
