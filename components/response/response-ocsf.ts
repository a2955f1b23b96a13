import type { OcsfActivity } from "../documents/ocsf/classes";
import type { DocumentReader } from "../documents/ocsf/document-reader";
import { attacks } from "../documents/ocsf/event-objects";
import { type OcsfFields, type OcsfMapping, type OcsfRow, ocsfRow } from "../documents/ocsf/mapping";

/** What was done about alerts as events of OCSF: Remediation Activity, class 7001; what was not done too, as "Other". */
export const responseOcsf: OcsfMapping = {
  source: "components/response/response-ocsf.ts",
  product: { name: "Security Stack response", vendor_name: "Security Stack" },
  rows: [
    remediationRow("quarantine", 1, (action, verdict) => action === "quarantine" && wasTried(verdict)),
    remediationRow("eviction", 2, (action, verdict) => action === "evict" && wasTried(verdict)),
    remediationRow("release of a pod", 3, (_action, verdict) => verdict === "released"),
    remediationRow("decision or refusal", 99, () => true),
  ],
};

function wasTried(verdict: string | undefined): boolean {
  return verdict === "done" || verdict === "failed";
}

function remediationRow(
  kind: string,
  activity: OcsfActivity<"remediation">,
  fits: (action: string | undefined, verdict: string | undefined) => boolean,
): OcsfRow {
  return ocsfRow({
    kind,
    class: "remediation",
    activity,
    selects: (document) => fits(document.text("response.action"), document.text("response.verdict")),
    fields: remediation,
  });
}

/** `status_id` of verdicts that are one. */
const STATUS: ReadonlyMap<string | undefined, OcsfFields> = new Map([
  ["done", { status_id: 1, status: "Success" }],
  ["released", { status_id: 1, status: "Success" }],
  ["failed", { status_id: 2, status: "Failure" }],
]);

function remediation(document: DocumentReader): OcsfFields {
  const desc = document.text("message");
  return {
    command_uid: document.text("response.id") ?? document.text("event.id"),
    ...STATUS.get(document.text("response.verdict")),
    status_detail: document.text("response.reason"),
    remediation: desc === undefined ? undefined : { desc },
    attacks: attacks(document),
  };
}
