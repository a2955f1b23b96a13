import type { DocumentReader } from "../documents/ocsf/document-reader";
import { attacks, pod, ruleAnalytic, user } from "../documents/ocsf/event-objects";
import { type OcsfFields, type OcsfMapping, ocsfRow } from "../documents/ocsf/mapping";

/** `status_id` of a finding, `compliance.status_id`. */
const NEW = 1;
const FAIL = 3;

/** Violations as events of OCSF: what is there breaks a rule, or somebody asked for what breaks one. */
export const gatekeeperOcsf: OcsfMapping = {
  source: "components/gatekeeper/gatekeeper-ocsf.ts",
  product: { name: "Gatekeeper", vendor_name: "Open Policy Agent" },
  rows: [
    ocsfRow({
      kind: "object that violates a rule",
      class: "compliance",
      activity: 1,
      selects: (document) => document.text("event.action") === "audited",
      fields: finding,
    }),
    ocsfRow({
      kind: "request that violates a rule",
      class: "compliance",
      activity: 1,
      selects: () => true,
      fields: finding,
    }),
  ],
};

function finding(document: DocumentReader): OcsfFields | undefined {
  const rule = document.text("rule.name");
  if (rule === undefined) return undefined;
  const action = document.text("event.action");
  return {
    status_id: NEW,
    status: "New",
    status_detail: action,
    finding_info: {
      uid: document.text("event.id"),
      title: rule,
      desc: document.text("message"),
      created_time: document.time("@timestamp"),
      analytic: { type_id: 1, type: "Rule", ...ruleAnalytic(document) },
      attacks: attacks(document),
    },
    compliance: {
      control: rule,
      standards: [document.text("gatekeeper.kind") ?? rule],
      status_id: FAIL,
      status: "Fail",
      status_detail: document.text("gatekeeper.stage"),
    },
    actor: { user: user(document) },
    resources: [pod(document) ?? resource(document)],
  };
}

function resource(document: DocumentReader): OcsfFields | undefined {
  const name = document.text("orchestrator.resource.name");
  if (name === undefined) return undefined;
  const type = document.text("orchestrator.resource.type");
  return { name, namespace: document.text("kubernetes.namespace"), type };
}
