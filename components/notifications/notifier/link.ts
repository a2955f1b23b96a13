import { type Condition, kql } from "../../documents/condition";
import type { Firing } from "./firing";

const MARGIN_MS = 15 * 60_000;

/** Dashboard of the documents of a field that only those have; the first that a rule asks for decides. */
const DASHBOARDS: readonly (readonly [prefix: string, dashboard: string])[] = [
  ["vulnerability.", "security-vulnerabilities"],
  ["finding.", "security-posture"],
  ["event.kind", "security-pipeline-health"],
];

/**
 * Address of the dashboard with just these documents, where people reach Kibana (its docs, "Dashboard URL parameters":
 * `_g` the time, `_a` the query, both in Rison).
 */
export function dashboardLink(kibanaUrl: string, { rule, group, first, last }: Firing): string {
  const { when } = rule;
  const values = Object.entries(group).flatMap(([field, value]): Condition[] =>
    value === null ? [] : [{ field, is: value }],
  );
  const query = kql([...when.filter, ...values]);
  const time = `(time:(from:${quoted(new Date(first - MARGIN_MS).toISOString())},to:${quoted(new Date(last + MARGIN_MS).toISOString())}))`;
  const state = `(query:(language:kuery,query:${quoted(query)}))`;
  const dashboard = dashboardOf(when.filter);
  return `${kibanaUrl.replace(/\/$/, "")}/app/dashboards#/view/${dashboard}?_g=${encoded(time)}&_a=${encoded(state)}`;
}

function dashboardOf(filter: readonly Condition[]): string {
  const asked = filter.flatMap((condition) => ("field" in condition ? [condition.field] : []));
  const found = DASHBOARDS.find(([prefix]) => asked.some((field) => field.startsWith(prefix)));
  return found?.[1] ?? "security-detections";
}

/** A text in Rison: in single quotes, in which "!" escapes. */
function quoted(text: string): string {
  return `'${text.replace(/[!']/g, "!$&")}'`;
}

/** Also the quote: it ends an address in the texts of some programs. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll("'", "%27");
}
