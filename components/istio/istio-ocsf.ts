import type { DocumentReader } from "../documents/ocsf/document-reader";
import { connectionDirection, device, endpoint } from "../documents/ocsf/event-objects";
import { type OcsfFields, type OcsfMapping, ocsfRow } from "../documents/ocsf/mapping";

const CLOSE = 2;
const FAIL = 4;
const REFUSE = 5;

const isOneOf = (actions: readonly string[]) => (document: DocumentReader) =>
  actions.includes(document.text("event.action") ?? "");

/** Connections of the mesh as events of OCSF. */
export const istioOcsf: OcsfMapping = {
  product: { name: "Istio", vendor_name: "Istio" },
  rows: [
    ocsfRow({
      kind: "connection that a policy refused",
      class: "network",
      activity: REFUSE,
      selects: isOneOf(["refused", "plaintext-refused"]),
      fields,
    }),
    ocsfRow({
      kind: "connection that failed",
      class: "network",
      activity: FAIL,
      selects: isOneOf(["failed", "tls-failed"]),
      fields,
    }),
    ocsfRow({
      kind: "connection that ended, in clear or not",
      class: "network",
      activity: CLOSE,
      selects: () => true,
      fields,
    }),
  ],
};

function fields(document: DocumentReader): OcsfFields | undefined {
  const to = endpoint(document.text("destination.ip"), document.integer("destination.port"));
  const from = endpoint(document.text("source.ip"), document.integer("source.port"));
  if (!to || !from) return undefined;
  const sent = document.integer("istio.bytes_sent");
  const received = document.integer("istio.bytes_received");
  return {
    src_endpoint: from,
    dst_endpoint: to,
    connection_info: {
      ...connectionDirection(document),
      protocol_name: "tcp",
    },
    traffic:
      sent === undefined || received === undefined ? undefined : { bytes_out: sent, bytes_in: received },
    device: device(document),
    status_detail: document.text("error.message"),
  };
}
