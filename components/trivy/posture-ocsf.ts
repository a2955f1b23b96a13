import type { DocumentReader } from "../documents/ocsf/document-reader";
import { file } from "../documents/ocsf/event-objects";
import { type OcsfFields, type OcsfRow, ocsfRow } from "../documents/ocsf/mapping";

/** `status_id` of a finding, `resources[].role_id`. */
const NEW = 1;
const RESOLVED = 4;
const AFFECTED = 3;
/** `compliance.status_id`. */
const PASS = 1;
const FAIL = 3;

/**
 * What OCSF says of a tool that looks for secrets: class 2006 names "Secrets Management" among its sources, `detection_system_id`
 * 11 "Secrets Detection", `category_id` 6 "API keys, credentials and similar secrets", `data_lifecycle_state_id` 1 "Data at-Rest"
 * (ocsf-schema events/findings/data_security_finding.json, dictionary.json). A Compliance Finding would be one about a control;
 * a key that lies in an image breaks none that the scan knows, it is data in the wrong place.
 */
const SECRET_IN_IMAGE = {
  ...{ detection_system_id: 11, detection_system: "Developer Security" },
  ...{ category_id: 6, category: "Security" },
  ...{ data_lifecycle_state_id: 1, data_lifecycle_state: "Data at-Rest" },
} as const;

const CHECKS = ["trivy.config_audit", "trivy.rbac_assessment", "trivy.infra_assessment"];
const isCheck = (document: DocumentReader) => CHECKS.includes(document.text("event.dataset") ?? "");
const isSecret = (document: DocumentReader) => document.text("event.dataset") === "trivy.exposed_secret";
const isOpen = (document: DocumentReader) => document.text("finding.state") === "open";

/** Failed checks and secrets in images. */
export const POSTURE_ROWS: readonly OcsfRow[] = [
  ocsfRow({
    kind: "check that fails",
    class: "compliance",
    activity: 1,
    selects: (document) => isCheck(document) && isOpen(document),
    fields: check,
  }),
  ocsfRow({
    kind: "check that fails no more",
    class: "compliance",
    activity: 3,
    selects: isCheck,
    fields: check,
  }),
  ocsfRow({
    kind: "secret in an image",
    class: "dataSecurity",
    activity: 1,
    selects: (document) => isSecret(document) && isOpen(document),
    fields: secret,
  }),
  ocsfRow({
    kind: "secret that is gone",
    class: "dataSecurity",
    activity: 3,
    selects: isSecret,
    fields: secret,
  }),
];

function check(document: DocumentReader): OcsfFields | undefined {
  const common = finding(document);
  const rule = document.text("rule.id");
  if (!common || rule === undefined) return undefined;
  const remediation = document.text("finding.remediation");
  return {
    ...common,
    compliance: {
      control: rule,
      desc: document.text("rule.description"),
      category: document.text("rule.category"),
      // The checks are Trivy's own: they name no framework.
      standards: [document.text("rule.category") ?? rule],
      ...result(document),
    },
    remediation: remediation === undefined ? undefined : { desc: remediation },
    resources: [resource(document)],
  };
}

/** Of one that is closed it is known that it passes only where it was assessed again, and found to be so. */
function result(document: DocumentReader): OcsfFields {
  if (isOpen(document)) return { status_id: FAIL, status: "Fail" };
  if (document.text("finding.state") === "fixed") return { status_id: PASS, status: "Pass" };
  return { status_id: 0, status: "Unknown" };
}

function secret(document: DocumentReader): OcsfFields | undefined {
  const common = finding(document);
  if (!common) return undefined;
  return {
    ...common,
    is_alert: isOpen(document),
    data_security: { ...SECRET_IN_IMAGE, detection_pattern: document.text("rule.id") },
    file: file(document.text("file.path")),
    resources: [resource(document), image(document)],
  };
}

function finding(document: DocumentReader): OcsfFields | undefined {
  const rule = document.text("rule.id");
  if (rule === undefined) return undefined;
  const open = isOpen(document);
  return {
    ...(open ? { status_id: NEW, status: "New" } : { status_id: RESOLVED, status: "Resolved" }),
    status_detail: document.text("finding.closedReason"),
    end_time: document.time("finding.closedAt"),
    finding_info: {
      uid: document.text("event.id"),
      title: document.text("rule.name") ?? rule,
      desc: document.text("message"),
      created_time: document.time("finding.firstSeen"),
      first_seen_time: document.time("finding.firstSeen"),
      last_seen_time: document.time("@timestamp"),
      analytic: { type_id: 1, type: "Rule", uid: rule, name: document.text("rule.name") },
    },
    unmapped: { finding: document.object("finding"), container: document.object("container") },
  };
}

function resource(document: DocumentReader): OcsfFields | undefined {
  const name = document.text("orchestrator.resource.name");
  if (name === undefined) return undefined;
  const type = document.text("orchestrator.resource.type");
  return { name, namespace: document.text("orchestrator.namespace"), type, role_id: AFFECTED };
}

function image(document: DocumentReader): OcsfFields | undefined {
  const name = document.text("container.image.name");
  const version = document.text("container.image.tag");
  return name === undefined ? undefined : { name, version, type: "Container image", role_id: AFFECTED };
}
