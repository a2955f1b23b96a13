import { linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gatewayKey } from "../../components/documents/api-keys";
import type { CollectorConfig } from "../../components/pipeline/collector-config";
import { installTemplates, PipelineRig, removeIndices } from "../../test/rigs/pipeline/rig";
import { INDICES } from "../dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../dev/elasticsearch/server";
import { median } from "./measure";
import { BARE_INDEX, bareGateway, bareNode, parsingNode, sink } from "./pipeline-bare";
import type { Load } from "./pipeline-loads";

const PAIRS = 5;
const NODE_LINES = 150_000;
const GATEWAY_LINES = 80_000;
const PATIENCE_MS = 120_000;
/** The part of the lines after which the clock stops: the exporter's default is to keep its last batch for 10 s. */
const COUNTED = 0.85;

/** Lines per second, the median of the runs, and the median of the ratios of each pair. */
export interface Ratio {
  ours: number;
  bare: number;
  ratio: number;
}

/** One run: which configurations, and the metric of the gateway's place that counts what has arrived. */
interface Run {
  node?: (node: CollectorConfig, tool: string) => CollectorConfig;
  gateway?: (gateway: CollectorConfig) => CollectorConfig;
  metric: string;
  labels: Record<string, string>;
  load: Load;
  lines: number;
  /** Where the gateway's own key does not let it write. */
  apiKey?: string;
}

const RECEIVED = { metric: "otelcol_receiver_accepted_log_records", labels: {}, lines: NODE_LINES };
const STORED = {
  metric: "otelcol_elasticsearch_docs_processed",
  labels: { outcome: "success" },
  lines: GATEWAY_LINES,
};

/** The node's configuration against a bare one, both into the same OTLP sink. */
export function nodeRatio(server: ElasticsearchServer, load: Load): Promise<Ratio> {
  const ours = { ...RECEIVED, load, gateway: sink };
  return inTurn(server, ours, { ...ours, node: bareNode });
}

/** The gateway's configuration against a bare one, which is sent records that are parsed already. */
export async function gatewayRatio(server: ElasticsearchServer, load: Load): Promise<Ratio> {
  const apiKey = await server.client.createApiKey("bare", gatewayKey({ ...INDICES, events: BARE_INDEX }));
  const ours = { ...STORED, load };
  return inTurn(server, ours, { ...ours, node: parsingNode, gateway: bareGateway, apiKey });
}

async function inTurn(server: ElasticsearchServer, ours: Run, bare: Run): Promise<Ratio> {
  const folder = mkdtempSync(join(tmpdir(), "security-stack-bench-"));
  const file = join(folder, "lines");
  writeLines(file, ours.load, ours.lines);
  const rates: { ours: number; bare: number }[] = [];
  try {
    // A Java server is slow at first: neither of the two shall pay for that.
    for (const run of [bare, ours]) await rateOf(server, file, run);
    for (let pair = 1; pair <= PAIRS; pair += 1) {
      // By turns first, since whatever else the machine does changes in the meantime.
      const [first, second] = pair % 2 === 0 ? [ours, bare] : [bare, ours];
      const measured = new Map([[first, await rateOf(server, file, first)]]);
      measured.set(second, await rateOf(server, file, second));
      rates.push({ ours: measured.get(ours)!, bare: measured.get(bare)! });
      process.stderr.write(`${ours.metric}: pair ${pair} of ${PAIRS}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    ours: median(rates.map((rate) => rate.ours)),
    bare: median(rates.map((rate) => rate.bare)),
    ratio: median(rates.map((rate) => rate.ours / rate.bare)),
  };
}

/** Appends lines to a file, numbered from `from` on. */
export function writeLines(file: string, load: Load, count: number, from = 0): void {
  const part = 10_000;
  for (let first = 0; first < count; first += part) {
    const lines = Array.from(
      { length: Math.min(part, count - first) },
      (_, i) => `${load.line(from + first + i)}\n`,
    );
    writeFileSync(file, lines.join(""), { flag: "a" });
  }
}

/** Lines per second from the first that has arrived to most of them; the start of the programs is not counted. */
async function rateOf(server: ElasticsearchServer, file: string, run: Run): Promise<number> {
  await removeIndices(server, [BARE_INDEX]);
  await installTemplates(server);
  await server.client.must("PUT", `/${BARE_INDEX}`, { mappings: run.load.mappings });
  const rig = await PipelineRig.create(server);
  try {
    if (run.node) rig.node.writeConfig(run.node(rig.node.config, run.load.tool));
    if (run.gateway) rig.gateway.writeConfig(run.gateway(rig.gateway.config));
    if (run.apiKey) rig.replaceElasticsearchKey(run.apiKey);
    linkSync(file, rig.logFile(run.load.tool, run.load.file));
    await rig.start();
    return await arrivalRate(() => rig.gateway.metric(run.metric, run.labels), run.lines);
  } finally {
    await rig.destroy();
  }
}

/** A second of how many that `arrived` counts, from the first to most of `lines`. */
export async function arrivalRate(arrived: () => Promise<number>, lines: number): Promise<number> {
  const first = await when(arrived, 1);
  const last = await when(arrived, lines * COUNTED);
  return (last.count - first.count) / (last.seconds - first.seconds);
}

/** Waits for the count to come so far. */
async function when(arrived: () => Promise<number>, least: number) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const count = await arrived();
    if (count >= least) return { count, seconds: performance.now() / 1000 };
    if (Date.now() > deadline) throw new Error(`${count} of ${least} lines arrived in time`);
    await sleep(20);
  }
}
