import type { DocumentReader } from "../documents/ocsf/document-reader";
import { device, endpoint, process } from "../documents/ocsf/event-objects";
import { type OcsfFields, type OcsfMapping, type OcsfRow, ocsfRow } from "../documents/ocsf/mapping";
import { EVIDENCE } from "./evidence";

/** `connection_info.direction_id`, `user.type_id` and `os.type_id`. */
const INBOUND = 1;
const USER = 1;
const ADMIN = 2;
const SYSTEM = 3;
const LINUX = 200;
/** The first number of an account that a person has (login.defs of Debian and Red Hat, UID_MIN). */
const FIRST_USER = 1000;
/** `query_result_id`. */
const EXISTS = 1;
const DOES_NOT_EXIST = 3;

const queryOf = (document: DocumentReader) => document.text("osquery.query_name") ?? "";
const isRemoved = (document: DocumentReader) => document.text("event.action") === "removed";
const isOf =
  (...queries: string[]) =>
  (document: DocumentReader) =>
    queries.includes(queryOf(document));

/** Rows of osquery's tables as events of OCSF: `status_detail` says whether a row was added, removed or seen again. */
export const osqueryOcsf: OcsfMapping = {
  source: "components/osquery/osquery-ocsf.ts",
  product: { name: "osquery", vendor_name: "osquery Foundation" },
  rows: [
    ...[false, true].map(listeningPort),
    ocsfRow({
      kind: "node, its system or its agent",
      class: "device",
      activity: 2,
      selects: isOf("system_info", "os_version", "kernel_info", "agent"),
      fields: node,
    }),
    ocsfRow({
      kind: "query that the agent stopped",
      class: "applicationError",
      activity: 1,
      selects: isOf("agent_stopped_queries"),
      fields: (document) => common(document),
    }),
    ocsfRow({
      kind: "package",
      class: "software",
      activity: 2,
      selects: isOf("deb_packages", "rpm_packages"),
      fields: software,
    }),
    ocsfRow({ kind: "account", class: "user", activity: 2, selects: isOf("users"), fields: account }),
    ocsfRow({
      kind: "process, file, job, group or kernel module",
      class: "evidence",
      activity: 1,
      selects: (document) => Object.hasOwn(EVIDENCE, queryOf(document)),
      fields: evidence,
    }),
  ],
};

function common(document: DocumentReader): OcsfFields {
  return { device: device(document), status_detail: document.text("event.action") };
}

function listeningPort(gone: boolean): OcsfRow {
  return {
    kind: gone ? "port that is closed" : "listening port",
    class: "network",
    activity: gone ? 2 : 7,
    selects: (document) => queryOf(document) === "listening_ports" && isRemoved(document) === gone,
    fields: (document) => {
      const local = endpoint(document.text("network.address"), document.integer("network.port"));
      return (
        local && {
          ...common(document),
          dst_endpoint: { ...local, hostname: document.text("host.name") },
          connection_info: {
            direction_id: INBOUND,
            direction: "Inbound",
            protocol_num: document.integer("network.protocol"),
          },
          actor: { process: process(document) },
        }
      );
    },
  };
}

function node(document: DocumentReader): OcsfFields | undefined {
  const os = document.text("host.os.name");
  const agent = queryOf(document) === "agent" ? document.text("osquery.columns.version") : undefined;
  const found = device(document, {
    os: {
      name: os ?? "Linux",
      type_id: LINUX,
      type: "Linux",
      version: document.text("host.os.version"),
      kernel_release: document.text("host.os.kernel"),
    },
    agent_list: agent === undefined ? [] : [{ name: "osquery", version: agent }],
  });
  return found && { ...common(document), device: found };
}

function software(document: DocumentReader): OcsfFields | undefined {
  const columns = document.below("osquery.columns");
  const name = columns.text("name");
  const base = common(document);
  if (name === undefined || !base["device"]) return undefined;
  const version = [columns.text("version"), columns.text("release")].filter((part) => part !== undefined);
  return { ...base, product: { name, version: version.join("-") || undefined } };
}

function account(document: DocumentReader): OcsfFields | undefined {
  const columns = document.below("osquery.columns");
  const [name, uid] = [columns.text("username"), columns.text("uid")];
  if (name === undefined && uid === undefined) return undefined;
  const number = Number(uid);
  const type = number === 0 ? ADMIN : number < FIRST_USER ? SYSTEM : USER;
  const group = columns.text("gid");
  const groups = group === undefined ? [] : [{ uid: group }];
  const user = { name, uid, type_id: type, full_name: columns.text("description"), groups };
  return { ...common(document), user };
}

function evidence(document: DocumentReader): OcsfFields | undefined {
  const base = common(document);
  const found = EVIDENCE[queryOf(document)]?.(document);
  if (!found || !base["device"]) return undefined;
  const gone = isRemoved(document);
  return {
    ...base,
    query_evidence: found,
    query_result_id: gone ? DOES_NOT_EXIST : EXISTS,
    query_result: gone ? "Does not exist" : "Exists",
  };
}
