import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Feature } from "../../components/core/contract/feature";
import type { CollectorFragment } from "../../components/documents/documents";
import type { PipelineRig } from "../../test/rigs/pipeline/rig";
import { logFolder } from "../../test/rigs/pod-logs";
import { INDICES } from "../dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../dev/elasticsearch/server";
import { newTable } from "../dev/table";

const PATIENCE_MS = 30_000;
const LEVELS = [5, 4, 3, 2, 1];

/** What became of the sample lines of one sensor. */
export interface SensorResult {
  tool: string;
  written: number;
  found: number;
  bySeverity: Record<string, number>;
  /** The most severe document. */
  sample: unknown;
}

/**
 * Appends the sample lines of every sensor of the registry to its log files, as the sensor does, and looks for each of
 * them as one document.
 * @param server Without a document of a sensor.
 * @param rig Running, with the collectors' configuration of the same registry.
 */
export async function demonstrateSensors(
  server: ElasticsearchServer,
  rig: PipelineRig,
  registry: readonly Feature[],
): Promise<SensorResult[]> {
  const sensors = sensorsOf(registry);
  const written = sensors.map((sensor) => writeSamples(rig, sensor));
  await waitFor(
    server,
    written.reduce((sum, lines) => sum + lines, 0),
  );
  return Promise.all(sensors.map((sensor, i) => resultOf(server, sensor, written[i]!)));
}

/** What each sensor of a registry writes on the nodes. */
export function sensorsOf(registry: readonly Feature[]): CollectorFragment[] {
  return registry.flatMap(({ collector }) => collector ?? []);
}

/** Every line became one document, and there was one. */
export function isComplete(results: readonly SensorResult[]): boolean {
  return results.every(({ written, found }) => written > 0 && found === written);
}

/** Lines and documents of each sensor, by severity. */
export function sensorTable(results: readonly SensorResult[]): string {
  const table = newTable(["sensor", "lines in", "documents", ...LEVELS.map((level) => `severity ${level}`)]);
  for (const { tool, written, found, bySeverity } of results)
    table.push([tool, written, found, ...LEVELS.map((level) => bySeverity[level] ?? 0)]);
  return table.toString();
}

function writeSamples(rig: PipelineRig, { tool, samples }: CollectorFragment): number {
  let written = 0;
  for (const sample of samples()) {
    const { file, lines } = sample;
    appendFileSync(rig.logFile(logFolder(tool, sample), file), `${lines.join("\n")}\n`);
    written += lines.length;
  }
  return written;
}

/** Until all are found, or nothing is going to come any more. */
async function waitFor(server: ElasticsearchServer, documents: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    if ((await server.client.count("security-*")) >= documents) return;
    await sleep(100);
  }
}

async function resultOf(
  server: ElasticsearchServer,
  { tool, index }: CollectorFragment,
  written: number,
): Promise<SensorResult> {
  const body = await server.client.must("POST", `/${INDICES[index]}/_search`, {
    query: { term: { "labels.security_tool": tool } },
    size: 1,
    track_total_hits: true,
    sort: [{ "event.severity": "desc" }],
    aggs: { severity: { terms: { field: "event.severity" } } },
  });
  const { total, hits } = body["hits"] as { total: { value: number }; hits: { _source: unknown }[] };
  const { severity } = body["aggregations"] as {
    severity: { buckets: { key: number; doc_count: number }[] };
  };
  return {
    tool,
    written,
    found: total.value,
    bySeverity: Object.fromEntries(severity.buckets.map(({ key, doc_count }) => [key, doc_count])),
    sample: hits[0]?._source,
  };
}
