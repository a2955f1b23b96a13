import type { DocumentReader } from "../documents/ocsf/document-reader";
import {
  attacks,
  detection,
  device,
  endpoint,
  file,
  parentProcess,
  process,
  ruleAnalytic,
  user,
} from "../documents/ocsf/event-objects";
import { type OcsfFields, type OcsfMapping, ocsfRow } from "../documents/ocsf/mapping";

/** `connection_info.direction_id`. */
const OUTBOUND = 2;
/** `launch_type_id` and `load_type_id`. */
const EXEC = 3;
const STANDARD = 1;

const isOf = (type: string) => (document: DocumentReader) => document.text("event.action") === type;
const isMatch = (document: DocumentReader) => document.text("event.kind") === "alert";

/** Tetragon's events as events of OCSF. */
export const tetragonOcsf: OcsfMapping = {
  source: "components/tetragon/tetragon-ocsf.ts",
  product: { name: "Tetragon", vendor_name: "Cilium" },
  rows: [
    ocsfRow({
      kind: "connection that a policy matched",
      class: "network",
      activity: 1,
      selects: (document) => isMatch(document) && document.text("tetragon.function_name") === "tcp_connect",
      fields: connection,
    }),
    ocsfRow({
      kind: "other match of a policy",
      class: "detection",
      activity: 1,
      selects: isMatch,
      fields: (document) =>
        detection(document, ruleAnalytic(document), { data: document.object("tetragon") ?? {} }),
    }),
    ocsfRow({
      kind: "process start",
      class: "process",
      activity: 1,
      selects: isOf("process_exec"),
      fields: (document) => processFields(document, { launch_type_id: EXEC, launch_type: "Exec" }),
    }),
    ocsfRow({
      kind: "process end",
      class: "process",
      activity: 2,
      selects: isOf("process_exit"),
      fields: (document) => processFields(document, { exit_code: document.integer("process.exit_code") }),
    }),
    ocsfRow({
      kind: "program or library that was loaded",
      class: "module",
      activity: 1,
      selects: isOf("process_loader"),
      fields: loaded,
    }),
    ...["rate_limit_info", "process_throttle"].map((type) =>
      ocsfRow({
        kind: `events held back or dropped (${type})`,
        class: "applicationError",
        activity: 1,
        selects: isOf(type),
        fields: (document) => ({ device: device(document), status_detail: type }),
      }),
    ),
  ],
};

/** Of a process of which nothing else is known, the actor is who ran it, or the process itself. */
function processFields(document: DocumentReader, more: OcsfFields): OcsfFields | undefined {
  const [subject, node] = [process(document), device(document)];
  if (!subject || !node) return undefined;
  const parent = parentProcess(document);
  const actor = parent ? { process: parent, user: user(document) } : { process: subject };
  return { process: subject, actor, device: node, ...more };
}

function connection(document: DocumentReader): OcsfFields | undefined {
  const socket = document
    .objects("tetragon.args")
    .map((argument) => argument.below("sock_arg"))
    .find((argument) => argument.text("daddr") !== undefined);
  const remote = endpoint(socket?.text("daddr"), socket?.integer("dport"));
  if (!remote) return undefined;
  return {
    dst_endpoint: remote,
    src_endpoint: endpoint(socket?.text("saddr"), socket?.integer("sport")),
    connection_info: {
      direction_id: OUTBOUND,
      direction: "Outbound",
      protocol_name: socket
        ?.text("protocol")
        ?.replace(/^IPPROTO_/, "")
        .toLowerCase(),
    },
    actor: { process: process(document), user: user(document) },
    device: device(document),
    is_alert: true,
    attacks: attacks(document),
    policy: ruleAnalytic(document),
  };
}

function loaded(document: DocumentReader): OcsfFields | undefined {
  const [subject, node] = [process(document), device(document)];
  if (!subject || !node) return undefined;
  const module = file(document.text("tetragon.path"));
  return {
    actor: { process: subject, user: user(document) },
    device: node,
    module: { load_type_id: STANDARD, load_type: "Standard", file: module },
  };
}
