import { linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gatewayKey } from "../../components/documents/api-keys";
import type { CollectorConfig } from "../../components/pipeline/collector-config";
import { installTemplates, PipelineRig, removeIndices } from "../../test/rigs/pipeline/rig";
import { INDICES } from "../dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../dev/elasticsearch/server";
import { arrivalSpeed, inTurn, type Ratio, type Speed } from "./in-turn";
import { BARE_INDEX, bareGateway, bareNode, parsingNode, sink } from "./pipeline-bare";
import type { Load } from "./pipeline-loads";

const NODE_LINES = 150_000;
const GATEWAY_LINES = 80_000;

/** One run: which configurations, and the metric of the gateway's place that counts what has arrived. */
interface Run {
  /** Whose CPU time is told. */
  measured: "node" | "gateway";
  node?: (node: CollectorConfig, tool: string) => CollectorConfig;
  gateway?: (gateway: CollectorConfig) => CollectorConfig;
  metric: string;
  labels: Record<string, string>;
  load: Load;
  lines: number;
  /** Where the gateway's own key does not let it write. */
  apiKey?: string;
}

const RECEIVED = {
  measured: "node" as const,
  metric: "otelcol_receiver_accepted_log_records",
  labels: {},
  lines: NODE_LINES,
};
const STORED = {
  measured: "gateway" as const,
  metric: "otelcol_elasticsearch_docs_processed",
  labels: { outcome: "success" },
  lines: GATEWAY_LINES,
};

/** The node's configuration against a bare one, both into the same OTLP sink. */
export function nodeRatio(server: ElasticsearchServer, load: Load): Promise<Ratio> {
  const ours = { ...RECEIVED, load, gateway: sink };
  return pairs(server, ours, { ...ours, node: bareNode });
}

/** The gateway's configuration against a bare one, which is sent records that are parsed already. */
export async function gatewayRatio(server: ElasticsearchServer, load: Load): Promise<Ratio> {
  const apiKey = await server.client.createApiKey("bare", gatewayKey({ ...INDICES, events: BARE_INDEX }));
  const ours = { ...STORED, load };
  return pairs(server, ours, { ...ours, node: parsingNode, gateway: bareGateway, apiKey });
}

async function pairs(server: ElasticsearchServer, ours: Run, bare: Run): Promise<Ratio> {
  const folder = mkdtempSync(join(tmpdir(), "security-stack-bench-"));
  const file = join(folder, "lines");
  writeLines(file, ours.load, ours.lines);
  try {
    const what = `${ours.measured} config`;
    return await inTurn(
      what,
      () => speedOf(server, file, ours),
      () => speedOf(server, file, bare),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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

async function speedOf(server: ElasticsearchServer, file: string, run: Run): Promise<Speed> {
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
    const arrived = () => rig.gateway.metric(run.metric, run.labels);
    return await arrivalSpeed(arrived, run.lines, [rig[run.measured]]);
  } finally {
    await rig.destroy();
  }
}
