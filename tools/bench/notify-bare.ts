import * as fs from "node:fs";
import { type Alert, type Matching, READ_AT } from "../../components/documents/alerts";
import { filterClauses } from "../../components/documents/condition";
import { SEVERITY_NAMES } from "../../components/documents/severities";
import { HttpClient, type Target } from "../../components/node-program/http-client";

type Json = Record<string, unknown>;

/** What the measured process is given, as JSON in `argv[2]`. */
export interface BareInput {
  elasticsearch: Target;
  alertmanager: Target;
  rulesFile: string;
}

const PAGE = 5_000;
const CHUNK = 500;
const HOLD_MS = 86_400_000;
const FIELDS = ["kubernetes.namespace", "kubernetes.pod.name"];

/**
 * The least that tells people of documents: all documents of each rule by `search_after`, an alert for each of their groups,
 * posted to Alertmanager. No pages of groups, no counting in windows, no text of any process, no hold. It says `ready`, and
 * begins at a line of its input.
 */
async function main({ elasticsearch, alertmanager, rulesFile }: BareInput): Promise<void> {
  const rules = JSON.parse(fs.readFileSync(rulesFile, "utf8")) as Alert[];
  const [store, sender] = [new HttpClient(elasticsearch), new HttpClient(alertmanager)];
  console.log("ready");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  for (const rule of rules) {
    const groups = new Map<string, { labels: Json; count: number }>();
    for await (const fields of documentsOf(store, rule)) {
      const labels = labelsOf(rule, fields);
      const key = JSON.stringify(labels);
      groups.set(key, { labels, count: (groups.get(key)?.count ?? 0) + 1 });
    }
    const firing = [...groups.values()].filter(({ count }) => count >= leastOf(rule));
    await post(
      sender,
      rule,
      firing.map(({ labels }) => labels),
    );
  }
  await Promise.all([store.close(), sender.close()]);
  process.stdin.destroy();
}

async function* documentsOf(store: HttpClient, { when }: Alert) {
  const timeField = when.kind === "matching" ? when.timeField : READ_AT;
  const range = { gte: Date.now() - HOLD_MS, format: "epoch_millis" };
  let after: unknown[] | undefined;
  for (;;) {
    const { body } = await store.request({
      method: "POST",
      path: `/${when.index}/_search?ignore_unavailable=true&allow_no_indices=true`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        size: PAGE,
        query: { bool: { filter: [...filterClauses(when.filter), { range: { [timeField]: range } }] } },
        _source: false,
        docvalue_fields: [...new Set([...groupBy(when), ...FIELDS])],
        sort: [{ [timeField]: "asc" }, "_doc"],
        ...(after ? { search_after: after } : {}),
      }),
    });
    const { hits } = (JSON.parse(body) as { hits: { hits: Hit[] } }).hits;
    for (const { fields = {} } of hits) yield fields;
    if (hits.length < PAGE) return;
    after = hits.at(-1)!.sort;
  }
}

interface Hit {
  fields?: Record<string, unknown[]>;
  sort: unknown[];
}

/** What is silent has sent nothing lately, which no document is looked at for here. */
function leastOf({ when }: Alert): number {
  return when.kind === "matching" ? when.atLeast : Number.POSITIVE_INFINITY;
}

function groupBy(when: Alert["when"]): readonly string[] {
  return [when.groupBy].flat() as Matching["groupBy"];
}

/** Those by which Alertmanager makes messages. */
function labelsOf(rule: Alert, fields: Record<string, unknown[]>): Json {
  const pod = fields["kubernetes.pod.name"]?.[0];
  return {
    alertname: rule.id,
    severity: SEVERITY_NAMES[rule.severity],
    ...(fields["rule.name"] ? { rule: fields["rule.name"][0] } : {}),
    ...(fields["kubernetes.namespace"] ? { namespace: fields["kubernetes.namespace"][0] } : {}),
    ...(pod ? { workload: pod } : {}),
  };
}

async function post(sender: HttpClient, { name, fix }: Alert, groups: readonly Json[]): Promise<void> {
  const endsAt = new Date(Date.now() + HOLD_MS).toISOString();
  for (let start = 0; start < groups.length; start += CHUNK) {
    const alerts = groups.slice(start, start + CHUNK).map((labels) => ({
      ...{ labels, endsAt },
      annotations: { summary: String(labels["rule"] ?? name), description: name, fix },
    }));
    const { status } = await sender.request({
      method: "POST",
      path: "/api/v2/alerts",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts),
    });
    if (status !== 200) throw new Error(`Alertmanager answered ${status}`);
  }
}

void main(JSON.parse(process.argv[2] ?? "{}") as BareInput);
