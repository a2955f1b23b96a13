import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { CHAIN_DATASET } from "../../../components/correlation/program/chain-document";
import { currentInventory } from "../../../components/documents/store";
import { FEATURES } from "../../../components/registry";
import { type FeedNote, feedNote } from "../../../components/trivy/exploitation/feed";
import { correlatorPass } from "../../../test/rigs/correlation/correlator-pass";
import { CLUSTER_NAME, PipelineRig } from "../../../test/rigs/pipeline/rig";
import { withPodLogs } from "../../../test/rigs/pod-logs";
import { writeFindings } from "../../../test/rigs/scenarios/findings";
import type { ElasticsearchClient, Hit } from "../../dev/elasticsearch/client";
import { INDICES } from "../../dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../dev/elasticsearch/server";
import type { Line } from "./line";
import { demoLines, PIPELINE } from "./lines";
import { demoPosture } from "./posture";

type Json = Record<string, unknown>;

/** Counters of the gateway: documents sent, and records left out by filters and limit. */
const DONE = ["otelcol_elasticsearch_docs_processed", "otelcol_processor_filter_logs_filtered"];
const LOST_AFTER_MS = 60_000;

export interface Filled {
  lines: readonly Line[];
  /** Findings as they are stored. */
  findings: Json[];
  /** What else the reporter found, as it is stored. */
  posture: Json[];
  /** Chains as they are stored. */
  chains: Json[];
}

/**
 * Fills an Elasticsearch that has the stack's templates with what the dashboards show: log lines through the real
 * collectors, and findings of the reporter's own code.
 * @throws where lines did not arrive within a minute
 */
export async function fillStore(server: ElasticsearchServer, now: Date): Promise<Filled> {
  const lines = demoLines(now);
  await throughPipeline(server, lines);
  await copyCurrentInventory(server.client);
  const findings = await writeDemoFindings(server, now);
  const posture = demoPosture(now);
  await putAll(server.client, INDICES.posture, posture);
  return { lines, findings, posture: [...posture.values()], chains: await correlate(server, now) };
}

/** A pass of the correlator with its own key. @returns the chains that it wrote */
async function correlate(server: ElasticsearchServer, now: Date): Promise<Json[]> {
  await server.client.must("POST", "/security-*/_refresh");
  await correlatorPass(server, { now });
  const hits = await server.client.search(INDICES.correlations, { term: { "event.dataset": CHAIN_DATASET } });
  return hits.map(({ _source }) => _source);
}

async function throughPipeline(server: ElasticsearchServer, lines: readonly Line[]): Promise<void> {
  const rig = await PipelineRig.create(server, { ...PIPELINE, registry: withPodLogs(FEATURES) });
  try {
    await rig.start();
    for (const { tool, folder = tool, file, text } of lines)
      appendFileSync(rig.logFile(folder, file), `${text}\n`);
    const deadline = Date.now() + LOST_AFTER_MS;
    for (;;) {
      const counts = await Promise.all(DONE.map((name) => rig.gateway.metric(name)));
      const done = counts.reduce((sum, one) => sum + one, 0);
      if (done >= lines.length) break;
      if (Date.now() > deadline)
        throw new Error(`${done} of ${lines.length} lines arrived:\n${rig.gateway.log()}`);
      await sleep(100);
    }
  } finally {
    await rig.destroy();
  }
  await server.client.must("POST", "/security-*/_refresh");
}

/**
 * Makes the index of the current inventory. The stack lets a `latest` transform keep it, by host and row; a server
 * that has no transforms gets a copy of the newest document of each row, which is what that transform writes.
 */
export async function copyCurrentInventory(client: ElasticsearchClient): Promise<void> {
  const rows = await client.search(INDICES.inventory, { exists: { field: "osquery.row_id" } });
  const newest = new Map<string, Json>();
  for (const { _source } of rows.sort(byTime)) newest.set(rowOf(_source), _source);
  await putAll(client, currentInventory(INDICES), newest);
}

function byTime(one: Hit, other: Hit): number {
  return Date.parse(String(one._source["@timestamp"])) - Date.parse(String(other._source["@timestamp"]));
}

function rowOf({ host, osquery }: Json): string {
  return `${(host as Json)["name"]}_${(osquery as Json)["row_id"]}`;
}

/** Workloads in which the findings are, since how many days, and which of the seven they have. */
const WORKLOADS = [
  { namespace: "shop", workload: { kind: "Deployment", name: "web" }, days: 3, has: [1, 2, 4, 5, 6] },
  { namespace: "shop", workload: { kind: "Deployment", name: "api" }, days: 20, has: [3, 5, 6, 7] },
  { namespace: "billing", workload: { kind: "StatefulSet", name: "ledger" }, days: 61, has: [1, 2, 3, 4] },
  { namespace: "billing", workload: { kind: "CronJob", name: "export" }, days: 200, has: [6, 7] },
];
const SEVERITY_NAMES: Record<number, string> = { 5: "CRITICAL", 4: "HIGH", 3: "MEDIUM", 2: "LOW" };

/**
 * The findings of one image, as the reporter writes them, and the same ones changed to be those of further workloads:
 * other places, ages and severities; one that was fixed.
 */
async function writeDemoFindings(server: ElasticsearchServer, now: Date): Promise<Json[]> {
  const { client } = server;
  await writeFindings(server);
  const originals = await client.search(INDICES.vulnerabilities);
  const stored = new Map(originals.map(({ _id, _source }) => [_id, seen(_source, now, 1)]));
  WORKLOADS.forEach(({ namespace, workload, days, has }, w) => {
    for (const { _id, _source } of originals) {
      const id = (_source["vulnerability"] as Json)["id"] as string;
      const number = Number(id.slice(-1));
      if (!has.includes(number)) continue;
      // Two of the workloads have them rated lower, as another scanner's database may.
      const event = _source["event"] as Json;
      const severity = Math.max(2, Number(event["severity"]) - (w % 2) * 2);
      const finding = seen(_source, now, days);
      stored.set(`${_id}-${w}`, {
        ...finding,
        kubernetes: { namespace },
        workload,
        event: { ...event, severity },
        vulnerability: { ...(finding["vulnerability"] as Json), severity: SEVERITY_NAMES[severity] },
      });
    }
  });
  const [first] = stored;
  const fixed = structuredClone(first![1]);
  Object.assign(fixed["vulnerability"] as Json, { state: "fixed", closedReason: "not listed any more" });
  stored.set("fixed", fixed);
  for (const { id, document } of listNotes(now)) stored.set(id, { ...document });
  await putAll(client, INDICES.vulnerabilities, stored);
  return [...stored.values()];
}

/** What the reporter notes of the lists that it rates findings by: a catalog of yesterday, and scores that are too old. */
function listNotes(now: Date): FeedNote[] {
  const at = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString();
  const kev = { version: "1", released: at(1), read: at(0), entries: 1404 };
  const epss = { version: "1", released: at(40), read: at(0), entries: 351_200, fault: "it is 40 days old" };
  return [feedNote("kev", kev, CLUSTER_NAME, now), feedNote("epss", epss, CLUSTER_NAME, now)];
}

function seen(finding: Json, now: Date, days: number): Json {
  const firstSeen = new Date(now.getTime() - days * 86_400_000).toISOString();
  return { ...finding, vulnerability: { ...(finding["vulnerability"] as Json), firstSeen } };
}

async function putAll(
  client: ElasticsearchClient,
  index: string,
  documents: Map<string, Json>,
): Promise<void> {
  await Promise.all(
    [...documents].map(([id, document]) =>
      client.must("PUT", `/${index}/_doc/${encodeURIComponent(id)}`, document),
    ),
  );
  await client.must("POST", `/${index}/_refresh`);
}
