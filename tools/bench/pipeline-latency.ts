import { setTimeout as sleep } from "node:timers/promises";
import { LogWriter } from "../../test/rigs/pipeline/log-writer";
import { installTemplates, PipelineRig, removeIndices } from "../../test/rigs/pipeline/rig";
import { falcoLine } from "../../test/rigs/pipeline/sensor-logs";
import { INDICES } from "../dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../dev/elasticsearch/server";

const SECONDS = 30;
const POLL_MS = 100;
const PATIENCE_MS = 30_000;
const FIELD = "falco.output_fields.sequence";

/** Seconds from the append of a line to the first search that finds its document. */
export async function measureLatency(
  server: ElasticsearchServer,
  linesPerSecond: number,
  makeRig = () => PipelineRig.create(server),
): Promise<{ median: number; p99: number }> {
  await removeIndices(server);
  await installTemplates(server);
  const rig = await makeRig();
  await rig.start();
  const written: number[] = [];
  const writer = new LogWriter({
    file: rig.logFile("falco", "events.log"),
    line: (sequence) => {
      written[sequence] = Date.now();
      return falcoLine({ sequence, size: 1000 });
    },
    linesPerSecond,
  });
  try {
    setTimeout(() => void writer.stop(), SECONDS * 1000);
    const latencies = await watch(server, written, linesPerSecond * SECONDS);
    return { median: at(latencies, 0.5), p99: at(latencies, 0.99) };
  } finally {
    await writer.stop();
    await rig.destroy();
  }
}

/** Searches, without asking for a refresh, until every line was found. */
async function watch(server: ElasticsearchServer, written: number[], lines: number): Promise<number[]> {
  const latencies = new Map<number, number>();
  const deadline = Date.now() + SECONDS * 1000 + PATIENCE_MS;
  // A rate limited by a timer is a little short of the number.
  while (latencies.size < lines * 0.98 || latencies.size < written.length) {
    if (Date.now() > deadline)
      throw new Error(`${latencies.size} of ${written.length} lines were found in time`);
    const oldest = written.findIndex((_, sequence) => !latencies.has(sequence));
    const since = new Date((written[Math.max(0, oldest)] ?? Date.now()) - 1000).toISOString();
    for (const sequence of await search(server, since))
      if (!latencies.has(sequence)) latencies.set(sequence, (Date.now() - written[sequence]!) / 1000);
    await sleep(POLL_MS);
  }
  return [...latencies.values()].sort((a, b) => a - b);
}

async function search(server: ElasticsearchServer, since: string): Promise<number[]> {
  const query = { range: { "@timestamp": { gte: since } } };
  const { status, body } = await server.client.request("POST", `/${INDICES.events}/_search`, {
    query,
    size: 10_000,
    _source: [FIELD],
  });
  // The index is made with the first document, and can't be searched yet for a moment.
  if (status === 404 || status === 503) return [];
  if (status !== 200) throw new Error(`search: ${status} ${JSON.stringify(body)}`);
  const { hits } = body["hits"] as {
    hits: { _source: { falco: { output_fields: { sequence: number } } } }[];
  };
  return hits.map(({ _source }) => _source.falco.output_fields.sequence);
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}
