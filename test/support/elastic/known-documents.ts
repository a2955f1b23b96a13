import assert from "node:assert/strict";
import { PASS_DATASET } from "../../../components/correlation/program/arrivals";
import type { DataViewName } from "../../../components/documents/data-views";
import type { ElasticsearchClient } from "../../../tools/dev/elasticsearch/client";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import type { Filled } from "../../../tools/generate/dashboards/fill";
import type { Line } from "../../../tools/generate/dashboards/line";
import { FLOODING_RULE, SAMPLED_RULE } from "../../../tools/generate/dashboards/lines";
import { documentOf, reasonOf } from "../documents/sensor-lines";
import type { Document } from "./dashboard-oracle";

export type KnownDocuments = Record<DataViewName, Document[]>;

/** What each data view must have, from the lines that were written and the findings that were stored. */
export async function knownDocuments(client: ElasticsearchClient, filled: Filled): Promise<KnownDocuments> {
  const read = filled.lines.map((line) => ({ line, document: documentOf(line) }));
  const refused = read.filter(({ document }) => !document).map(({ line }) => line);
  const documents = read.flatMap(({ document }) => (document ? [document] : []));
  const rows = documents.filter((one) => toolOf(one) === "osquery");
  const network = documents.filter((one) => toolOf(one) === "cilium");
  const mesh = documents.filter((one) => toolOf(one) === "istio");
  const admission = documents.filter((one) => toolOf(one) === "gatekeeper");
  const events = await withoutLeftOut(
    client,
    documents.filter((one) => !["osquery", "cilium", "istio", "gatekeeper"].includes(String(toolOf(one)))),
  );
  const deadLetters = await Promise.all(refused.map((line) => deadLetter(client, line)));
  const inventory = newestPerRow(rows);
  const { findings: vulnerabilities, posture } = filled;
  const audit = events.filter((one) => toolOf(one) === "k8s_audit");
  const correlations = filled.chains;
  const arrivals = [...events, ...rows, ...network, ...mesh, ...admission, ...deadLetters];
  const passes = await client.search(INDICES.correlations, { term: { "event.dataset": PASS_DATASET } });
  const noted = passes.map(({ _source }) => _source);
  const all = [...arrivals, ...inventory, ...vulnerabilities, ...posture, ...correlations, ...noted];
  return {
    ...{ mesh, admission, posture },
    ...{ all, events, audit, network, arrivals, inventory, vulnerabilities, deadLetters },
    correlations: [...correlations, ...noted],
    responses: [],
  };
}

const toolOf = (document: Document) => (document["labels"] as Document)["security_tool"];
const ruleOf = (document: Document) => String((document["rule"] as Document)["name"]);

/**
 * Less what the limit and the sample left out. How many of these are kept depends on when they arrived, so that is
 * asked; what is not kept must be accounted for.
 */
async function withoutLeftOut(client: ElasticsearchClient, events: Document[]): Promise<Document[]> {
  const of = (rule: string) => events.filter((one) => ruleOf(one) === rule);
  const [flood, sample] = [of(FLOODING_RULE), of(SAMPLED_RULE)];
  const kept = (rule: string) => client.count(INDICES.events, { term: { "rule.name": rule } });
  const [ofFlood, ofSample] = [await kept(FLOODING_RULE), await kept(SAMPLED_RULE)];
  assert.ok(ofFlood > 100 && ofFlood < flood.length, `${ofFlood} of the flood`);
  assert.ok(ofSample > 0 && ofSample < sample.length, `${ofSample} of the sample`);
  const [standsForAll, ...others] = flood.slice(0, ofFlood);
  return [
    ...events.filter((one) => ![FLOODING_RULE, SAMPLED_RULE].includes(ruleOf(one))),
    withEvent(standsForAll!, { suppressed: flood.length - ofFlood }),
    ...others,
    ...sample.slice(0, ofSample).map((one) => withEvent(one, { sampled_percent: 50 })),
  ];
}

function withEvent(document: Document, fields: Document): Document {
  return { ...document, event: { ...(document["event"] as Document), ...fields } };
}

/** Its time is when it was read, which the line does not say. */
async function deadLetter(client: ElasticsearchClient, line: Line): Promise<Document> {
  const error = { message: reasonOf(line) };
  const [hit] = await client.search(INDICES.deadLetter, { term: { "error.message": error.message } }, 1);
  const time = String(hit?._source["@timestamp"]);
  assert.ok(Date.now() - Date.parse(time) < 180_000, `read at ${time}`);
  const event = { kind: "pipeline_error" };
  return { "@timestamp": time, event, labels: { security_tool: line.tool }, host: { name: "node-1" }, error };
}

function newestPerRow(rows: Document[]): Document[] {
  const byTime = rows.sort((a, b) => (String(a["@timestamp"]) < String(b["@timestamp"]) ? -1 : 1));
  return [...new Map(byTime.map((one) => [(one["osquery"] as Document)["row"], one])).values()];
}
