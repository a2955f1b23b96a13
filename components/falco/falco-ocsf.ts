import type { DocumentReader } from "../documents/ocsf/document-reader";
import { detection, device, file, ruleAnalytic } from "../documents/ocsf/event-objects";
import { type OcsfMapping, ocsfRow } from "../documents/ocsf/mapping";

/** Falco's alerts as events of OCSF. */
export const falcoOcsf: OcsfMapping = {
  source: "components/falco/falco-ocsf.ts",
  product: { name: "Falco", vendor_name: "The Falco Project" },
  rows: [
    ocsfRow({
      kind: "about itself",
      class: "applicationError",
      activity: 1,
      selects: (document) => document.text("event.kind") === "metric",
      fields: (document) => ({ device: device(document), status_detail: document.text("event.action") }),
    }),
    ocsfRow({
      kind: "alert",
      class: "detection",
      activity: 1,
      selects: (document) => document.text("event.kind") === "alert",
      fields: (document) =>
        detection(document, ruleAnalytic(document), {
          file: file(fileOf(document)),
          data: document.object("falco.output_fields") ?? {},
        }),
    }),
  ],
};

/** Falco calls what a descriptor stands for its name: a path, or the two ends of a connection. */
function fileOf(document: DocumentReader): string | undefined {
  const name = document.below("falco").object("output_fields")?.["fd.name"];
  return typeof name === "string" && name.startsWith("/") ? name : undefined;
}
