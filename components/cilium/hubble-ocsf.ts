import type { DocumentReader } from "../documents/ocsf/document-reader";
import { attacks, device, endpoint, ruleAnalytic } from "../documents/ocsf/event-objects";
import { type OcsfFields, type OcsfMapping, ocsfRow } from "../documents/ocsf/mapping";
import { REFUSALS } from "./drop-reasons";

const FAIL = 4;
const REFUSE = 5;
/** `connection_info.direction_id`. */
const DIRECTIONS: ReadonlyMap<string | undefined, OcsfFields> = new Map([
  ["ingress", { direction_id: 1, direction: "Inbound" }],
  ["egress", { direction_id: 2, direction: "Outbound" }],
]);

const isRefused = (document: DocumentReader) => REFUSALS.includes(document.text("cilium.drop_reason") ?? "");

/** Dropped packets as events of OCSF. */
export const hubbleOcsf: OcsfMapping = {
  product: { name: "Cilium", vendor_name: "Cilium" },
  rows: [
    ocsfRow({
      kind: "traffic that was refused",
      class: "network",
      activity: REFUSE,
      selects: isRefused,
      fields,
    }),
    ocsfRow({
      kind: "traffic that was dropped for another reason",
      class: "network",
      activity: FAIL,
      selects: () => true,
      fields,
    }),
  ],
};

function fields(document: DocumentReader): OcsfFields | undefined {
  const to = endpoint(document.text("destination.ip"), document.integer("destination.port"));
  const from = endpoint(document.text("source.ip"), document.integer("source.port"));
  if (!to || !from) return undefined;
  return {
    src_endpoint: from,
    dst_endpoint: to,
    connection_info: {
      ...(DIRECTIONS.get(document.text("network.direction")) ?? { direction_id: 0, direction: "Unknown" }),
      protocol_name: document.text("network.transport"),
    },
    device: device(document),
    attacks: attacks(document),
    policy: ruleAnalytic(document),
    status_detail: document.text("cilium.drop_reason"),
  };
}
