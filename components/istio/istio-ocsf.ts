import type { DocumentReader } from "../documents/ocsf/document-reader";
import { connection, device } from "../documents/ocsf/event-objects";
import { type OcsfFields, type OcsfMapping, ocsfRow } from "../documents/ocsf/mapping";

const CLOSE = 2;
const FAIL = 4;
const REFUSE = 5;

const isOneOf = (actions: readonly string[]) => (document: DocumentReader) =>
  actions.includes(document.text("event.action") ?? "");

/** Connections of the mesh as events of OCSF. */
export const istioOcsf: OcsfMapping = {
  source: "components/istio/istio-ocsf.ts",
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
  const ends = connection(document, "tcp");
  if (!ends) return undefined;
  const sent = document.integer("istio.bytes_sent");
  const received = document.integer("istio.bytes_received");
  return {
    ...ends,
    traffic:
      sent === undefined || received === undefined ? undefined : { bytes_out: sent, bytes_in: received },
    device: device(document),
    status_detail: document.text("error.message"),
  };
}
