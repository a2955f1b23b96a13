import type { DocumentReader } from "../documents/ocsf/document-reader";
import { attacks, connection, device, ruleAnalytic } from "../documents/ocsf/event-objects";
import { type OcsfFields, type OcsfMapping, ocsfRow } from "../documents/ocsf/mapping";
import { REFUSALS } from "./drop-reasons";

const FAIL = 4;
const REFUSE = 5;

const isRefused = (document: DocumentReader) => REFUSALS.includes(document.text("cilium.drop_reason") ?? "");

/** Dropped packets as events of OCSF. */
export const hubbleOcsf: OcsfMapping = {
  source: "components/cilium/hubble-ocsf.ts",
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
  const ends = connection(document, document.text("network.transport"));
  if (!ends) return undefined;
  return {
    ...ends,
    device: device(document),
    attacks: attacks(document),
    policy: ruleAnalytic(document),
    status_detail: document.text("cilium.drop_reason"),
  };
}
