import type { DocumentReader } from "../documents/ocsf/document-reader";
import { detection, ruleAnalytic, technique } from "../documents/ocsf/event-objects";
import { type OcsfFields, type OcsfMapping, ocsfRow } from "../documents/ocsf/mapping";
import { CHAIN_DATASET } from "./program/chain-document";

/**
 * Chains as events of OCSF: what a correlation engine finds is a Detection Finding (the description of class 2004 in OCSF
 * 1.8.0). Not an Incident Finding (2005): that one reports that an incident is created, updated or closed and requires its
 * status, and a chain is written once and followed up by others, who may aggregate it into one.
 */
export const correlationOcsf: OcsfMapping = {
  source: "components/correlation/correlation-ocsf.ts",
  product: { name: "Security Stack correlation", vendor_name: "Security Stack" },
  rows: [
    ocsfRow({
      kind: "chain of events",
      class: "detection",
      activity: 1,
      selects: (document) => document.text("event.dataset") === CHAIN_DATASET,
      fields: chain,
    }),
  ],
};

function chain(document: DocumentReader): OcsfFields {
  const key = document.texts("correlation.key");
  const evidence = { name: key.join(", "), data: { key, evidence: document.texts("correlation.evidence") } };
  return {
    ...detection(document, ruleAnalytic(document), evidence, {
      first_seen_time: document.time("correlation.first"),
      last_seen_time: document.time("correlation.last"),
      data_sources: document.texts("correlation.tools"),
      related_events: document.objects("correlation.events").map(relatedEvent),
      related_events_count: document.integer("correlation.count"),
    }),
    remediation: remediation(document.text("correlation.fix")),
  };
}

/** An event of the chain; its `uid` is the `metadata.uid` of its own event in OCSF. */
function relatedEvent(event: DocumentReader): OcsfFields | undefined {
  const uid = event.text("id");
  if (uid === undefined) return undefined;
  const [tool, pod] = [event.text("tool"), event.text("pod")];
  return {
    uid,
    title: event.text("rule") ?? event.text("step"),
    desc: event.text("message"),
    created_time: event.time("time"),
    attacks: event.texts("technique").map(technique),
    tags: [
      { name: "step", value: event.text("step") },
      { name: "tool", value: tool },
      { name: "pod", value: pod },
    ].filter(({ value }) => value !== undefined),
  };
}

function remediation(desc: string | undefined): OcsfFields | undefined {
  return desc === undefined ? undefined : { desc };
}
