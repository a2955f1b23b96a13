import { setTimeout as sleep } from "node:timers/promises";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import type { PipelineRig } from "./rig";

/** What became of lines that were numbered from 0 on. */
export interface Delivery {
  written: number;
  found: number;
  /** Numbers of lines of which there is no document; the first of them. */
  missing: number[];
  /** Documents beyond the first of a line. */
  doubled: number;
}

/**
 * Waits until Elasticsearch has as many documents as lines were written and compares them one by one. Gives up
 * when no document has come for `patienceMs`.
 */
export async function awaitDelivery(
  server: ElasticsearchServer,
  written: number,
  patienceMs = 60_000,
): Promise<Delivery> {
  let found = -1;
  let lastChange = Date.now();
  while (found < written && Date.now() - lastChange < patienceMs) {
    const now = await server.client.count(INDICES.events);
    if (now !== found) lastChange = Date.now();
    found = now;
    await sleep(500);
  }
  return compare(await sequences(server), written);
}

async function sequences(server: ElasticsearchServer): Promise<number[]> {
  const sources = await server.client.sources(INDICES.events, "falco.output_fields.sequence");
  return sources.map((source) => {
    const { falco } = source as { falco: { output_fields: { sequence: number } } };
    return falco.output_fields.sequence;
  });
}

function compare(found: number[], written: number): Delivery {
  const known = new Set(found);
  const missing: number[] = [];
  for (let sequence = 0; sequence < written; sequence += 1)
    if (!known.has(sequence) && missing.push(sequence) === 20) break;
  return { written, found: found.length, missing, doubled: found.length - known.size };
}

/** Records that were read again and that Elasticsearch knew already, since the gateway's last start. */
export function repetitions(rig: PipelineRig): Promise<number> {
  return rig.gateway.metric("otelcol_elasticsearch_docs_processed", {
    error_type: "version_conflict_engine_exception",
  });
}
