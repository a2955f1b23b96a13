import type { DocumentReader } from "../documents/ocsf/document-reader";
import { type OcsfFields, type OcsfMapping, ocsfRow } from "../documents/ocsf/mapping";
import { POSTURE_ROWS } from "./posture-ocsf";

/** `scan.type_id`, `resources[].role_id`, `status_id`. */
const SCHEDULED = 2;
const AFFECTED = 3;
const NEW = 1;
const RESOLVED = 4;

const isOf = (dataset: string) => (document: DocumentReader) => document.text("event.dataset") === dataset;
const isOpen = (document: DocumentReader) => document.text("vulnerability.state") === "open";

/** Findings, and the scans that they come from, as events of OCSF. */
export const trivyOcsf: OcsfMapping = {
  source: "components/trivy/trivy-ocsf.ts",
  product: { name: "Trivy", vendor_name: "Aqua Security" },
  rows: [
    ocsfRow({
      kind: "open vulnerability",
      class: "vulnerability",
      activity: 1,
      selects: (document) => isOf("trivy.vulnerability")(document) && isOpen(document),
      fields: (document) => finding(document, { status_id: NEW, status: "New" }),
    }),
    ocsfRow({
      kind: "vulnerability that is gone",
      class: "vulnerability",
      activity: 3,
      selects: isOf("trivy.vulnerability"),
      fields: (document) =>
        finding(document, {
          status_id: RESOLVED,
          status: "Resolved",
          status_detail: document.text("vulnerability.closedReason"),
          end_time: document.time("vulnerability.closedAt"),
        }),
    }),
    ...POSTURE_ROWS,
    ocsfRow({
      kind: "scan of an image or an object",
      class: "scan",
      activity: 2,
      selects: (document) =>
        isOf("trivy.report")(document) && document.text("trivy.report.state") === "present",
      fields: scan,
    }),
    ocsfRow({
      kind: "workload or object that is gone or not assessed any more",
      class: "scan",
      activity: 99,
      selects: isOf("trivy.report"),
      fields: scan,
    }),
  ],
};

function finding(document: DocumentReader, status: OcsfFields): OcsfFields | undefined {
  const of = (name: string) => document.text(`vulnerability.${name}`);
  const uid = of("id");
  if (uid === undefined) return undefined;
  const reference = of("reference");
  const published = document.time("vulnerability.published");
  const identity = uid.startsWith("CVE-")
    ? { cve: { uid, created_time: published, references: [reference], epss: epss(document) } }
    : { advisory: { uid, created_time: published, references: [reference] } };
  return {
    ...status,
    finding_info: {
      uid: document.text("event.id"),
      title: of("title") ?? uid,
      created_time: document.time("vulnerability.firstSeen"),
      first_seen_time: document.time("vulnerability.firstSeen"),
      last_seen_time: document.time("@timestamp"),
    },
    vulnerabilities: [
      {
        ...identity,
        title: of("title"),
        severity: of("severity"),
        references: [reference],
        // Not in the catalog does not mean that there is none.
        is_exploit_available: of("kev") === "true" ? true : undefined,
        is_fix_available: of("fixedVersion") !== undefined,
        first_seen_time: document.time("vulnerability.firstSeen"),
        affected_packages: [affectedPackage(document)],
      },
    ],
    resources: resources(document),
    unmapped: {
      vulnerability: document.object("vulnerability"),
      container: document.object("container"),
    },
  };
}

/** A text in OCSF. */
function epss(document: DocumentReader): OcsfFields | undefined {
  const score = document.text("vulnerability.epss");
  return score === undefined ? undefined : { score };
}

function affectedPackage(document: DocumentReader): OcsfFields | undefined {
  const of = (name: string) => document.text(`vulnerability.${name}`);
  const [name, version] = [of("resource"), of("installedVersion")];
  if (name === undefined || version === undefined) return undefined;
  const path = of("packagePath") ?? of("target");
  return { name, version, fixed_in_version: of("fixedVersion"), path, purl: of("packageURL") };
}

/** The workload, and the image that its container runs. */
function resources(document: DocumentReader): OcsfFields[] {
  const namespace = document.text("kubernetes.namespace");
  const [workload, image] = [document.text("workload.name"), document.text("container.image.name")];
  const tag = document.text("container.image.tag");
  return [
    ...(workload === undefined
      ? []
      : [{ name: workload, namespace, type: document.text("workload.kind"), role_id: AFFECTED }]),
    ...(image === undefined
      ? []
      : [{ name: image, version: tag, type: "Container image", role_id: AFFECTED }]),
  ];
}

function scan(document: DocumentReader): OcsfFields | undefined {
  const counts = Object.values(document.object("trivy.report.findings") ?? {});
  const numbers = counts.filter((count): count is number => Number.isSafeInteger(count));
  const name =
    document.text("container.image.name") === undefined ? "Configuration assessment" : "Image scan";
  return {
    scan: { uid: document.text("event.id"), name, type_id: SCHEDULED, type: "Scheduled" },
    num_detections: numbers.reduce((sum, count) => sum + count, 0),
    status_detail: document.text("event.action"),
    unmapped: {
      workload: document.object("workload"),
      resource: document.object("orchestrator.resource"),
      container: document.object("container"),
    },
  };
}
