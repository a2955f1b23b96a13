import { isIP } from "node:net";
import type { DocumentReader } from "./document-reader";

/** Objects of OCSF that several tools' events have, made of the fields that all documents share. */
type OcsfObject = Readonly<Record<string, unknown>>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** `device.type_id` "Server", `file.type_id` "Regular File" and "Unknown". */
const SERVER = 1;
const REGULAR_FILE = 1;

/** The node. */
export function device(document: DocumentReader, more: OcsfObject = {}): OcsfObject | undefined {
  const hostname = document.text("host.name");
  if (hostname === undefined) return undefined;
  return { hostname, name: hostname, uid: hostname, type_id: SERVER, type: "Server", ...more };
}

/** The two ends of a connection and how it went between them; undefined where an end is not known. */
export function connection(document: DocumentReader, protocol: string | undefined): OcsfObject | undefined {
  const to = endpoint(document.text("destination.ip"), document.integer("destination.port"));
  const from = endpoint(document.text("source.ip"), document.integer("source.port"));
  if (!to || !from) return undefined;
  return {
    src_endpoint: from,
    dst_endpoint: to,
    connection_info: { ...connectionDirection(document), protocol_name: protocol },
  };
}

/** A file by its path. */
export function file(path: string | undefined, more: OcsfObject = {}): OcsfObject | undefined {
  if (path === undefined) return undefined;
  const name = path.split("/").findLast((part) => part !== "") ?? path;
  return { name, path, type_id: REGULAR_FILE, type: "Regular File", ...more };
}

/** The container with its pod; undefined outside of containers. */
export function container(document: DocumentReader): OcsfObject | undefined {
  const uid = document.text("container.id");
  const name = document.text("container.name");
  if (uid === undefined && name === undefined) return undefined;
  const podUid = document.text("kubernetes.pod.uid");
  const pod = document.text("kubernetes.pod.name");
  return {
    uid,
    name,
    image: image(document),
    // Of a static pod it is a hash.
    pod_uuid: podUid && UUID.test(podUid) ? podUid : undefined,
    orchestrator: pod === undefined ? undefined : "Kubernetes",
    tags: [tag("namespace", document.text("kubernetes.namespace")), tag("pod", pod)],
  };
}

function image(document: DocumentReader): OcsfObject | undefined {
  const name = document.text("container.image.name");
  if (name === undefined) return undefined;
  const version = document.text("container.image.tag");
  return { uid: version === undefined ? name : `${name}:${version}`, name };
}

function tag(name: string, value: string | undefined): OcsfObject | undefined {
  return value === undefined ? undefined : { name, value };
}

/** The process that the document is about; undefined where it has neither a number nor an id. */
export function process(document: DocumentReader): OcsfObject | undefined {
  const pid = document.integer("process.pid");
  const uid = document.text("process.entity_id");
  if (pid === undefined && uid === undefined) return undefined;
  const executable = document.text("process.executable");
  return {
    pid,
    uid,
    name: document.text("process.name") ?? file(executable)?.["name"],
    path: executable,
    cmd_line: document.text("process.command_line"),
    file: file(executable),
    working_directory: document.text("process.working_directory"),
    user: user(document),
    container: container(document),
    parent_process: parentProcess(document),
  };
}

/** Its parent; undefined where only its name is known. */
export function parentProcess(document: DocumentReader): OcsfObject | undefined {
  const uid = document.text("process.parent.entity_id");
  if (uid === undefined) return undefined;
  const executable = document.text("process.parent.executable");
  return { uid, name: document.text("process.parent.name"), path: executable, file: file(executable) };
}

export function user(document: DocumentReader): OcsfObject | undefined {
  const name = document.text("user.name");
  const uid = document.text("user.id");
  return name === undefined && uid === undefined ? undefined : { name, uid };
}

/** The pod, among the resources that a finding is about. */
export function pod(document: DocumentReader): OcsfObject | undefined {
  const name = document.text("kubernetes.pod.name");
  if (name === undefined) return undefined;
  return {
    uid: document.text("kubernetes.pod.uid"),
    name,
    namespace: document.text("kubernetes.namespace"),
    type: "Pod",
  };
}

/** ATT&CK: an entry for each technique, then one for each tactic. The documents don't say which belong together. */
export function attacks(document: DocumentReader): OcsfObject[] {
  const techniques = document.texts("threat.technique.id").map(technique);
  const tactics = document.texts("threat.tactic.id").map((uid) => ({ tactic: { uid } }));
  return [...techniques, ...tactics];
}

/** A technique of ATT&CK, or what is below it: T1059.004. */
export function technique(id: string): OcsfObject {
  const [uid] = id.split(".");
  return { technique: { uid }, sub_technique: uid === id ? undefined : { uid: id } };
}

/** The end of a connection; undefined without an address. */
export function endpoint(address: string | undefined, port: number | undefined): OcsfObject | undefined {
  if (address === undefined || isIP(address) === 0) return undefined;
  return { ip: address, port: port !== undefined && port >= 0 && port <= 65_535 ? port : undefined };
}

/** By the word of a document: a map, since the word is anybody's, `constructor` too. */
const DIRECTIONS = new Map<string, OcsfObject>([
  ...["ingress", "inbound"].map((word) => [word, { direction_id: 1, direction: "Inbound" }] as const),
  ...["egress", "outbound"].map((word) => [word, { direction_id: 2, direction: "Outbound" }] as const),
]);

/** `connection_info` of a document about a connection, but for its protocol. */
export function connectionDirection(document: DocumentReader): OcsfObject {
  const word = document.text("network.direction") ?? "";
  return DIRECTIONS.get(word) ?? { direction_id: 0, direction: "Unknown" };
}

/** What a rule found, with its `finding_info`, evidence and node. */
export function detection(
  document: DocumentReader,
  analytic: OcsfObject | undefined,
  evidence: OcsfObject,
  finding: OcsfObject = {},
): OcsfObject {
  return {
    is_alert: true,
    status_id: 1,
    status: "New",
    finding_info: {
      uid: document.text("event.id"),
      title: document.text("rule.name") ?? document.text("message"),
      desc: document.text("message"),
      created_time: document.time("@timestamp"),
      analytic: analytic && { type_id: 1, type: "Rule", ...analytic },
      attacks: attacks(document),
      ...finding,
    },
    evidences: [
      { process: process(document), container: container(document), user: user(document), ...evidence },
    ],
    resources: [pod(document)],
    device: device(document),
  };
}

/** The rule, where the document names one. */
export function ruleAnalytic(document: DocumentReader): OcsfObject | undefined {
  const name = document.text("rule.name");
  return name === undefined ? undefined : { uid: name, name };
}
