import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { samplesOf } from "../../../scenarios/samples/samples";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { PipelineRig } from "../../rigs/pipeline/rig";
import { linesFrom } from "../../rigs/scenarios/apart";

export type Json = Record<string, unknown>;

export interface StoredEvent {
  id: string;
  source: Json;
}

const PROCESSED = "otelcol_elasticsearch_docs_processed";

/** Writes what the attacks of all scenarios make the sensors log, each at its time, until all of it is stored. */
export async function replayApart(
  server: ElasticsearchServer,
  times: ReadonlyMap<string, number>,
): Promise<void> {
  const rig = await PipelineRig.create(server);
  try {
    await rig.start();
    let lines = 0;
    for (const [id, start] of times) {
      for (const { tool, file, line } of linesFrom(samplesOf(id), start)) {
        appendFileSync(rig.logFile(tool, file), `${line}\n`);
        lines += 1;
      }
    }
    while ((await rig.gateway.metric(PROCESSED)) < lines) await sleep(100);
  } finally {
    await rig.destroy();
  }
  await server.client.must("POST", "/security-*/_refresh");
}

/** Puts events into an index at once, under their ids. */
export async function putEvents(
  server: ElasticsearchServer,
  index: string,
  events: readonly StoredEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const lines = events.flatMap(({ id, source }) => [
    JSON.stringify({ create: { _id: id } }),
    JSON.stringify(source),
  ]);
  const { errors } = await server.client.must(
    "POST",
    `/${index}/_bulk?refresh=true`,
    `${lines.join("\n")}\n`,
  );
  if (errors) throw new Error(`events were refused in ${index}`);
}

/** The event with other values in fields that are texts, by their dotted names. */
export function changed(event: StoredEvent, fields: Readonly<Record<string, string>>): StoredEvent {
  const source = structuredClone(event.source);
  for (const [name, value] of Object.entries(fields)) {
    const parts = name.split(".");
    const last = parts.pop()!;
    const place = parts.reduce<Json>((object, part) => object[part] as Json, source);
    place[last] = value;
  }
  return { id: event.id, source };
}

export function timeOf({ source }: StoredEvent): number {
  return Date.parse(String(source["@timestamp"]));
}

/** The events with the first of them at a time. */
export function moved(events: readonly StoredEvent[], start: number): StoredEvent[] {
  const before = Math.min(...events.map(timeOf));
  return events.map((one) =>
    changed(one, { "@timestamp": new Date(timeOf(one) - before + start).toISOString() }),
  );
}
