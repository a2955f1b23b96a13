import assert from "node:assert/strict";
import { INDICES } from "../../../tools/dev/elasticsearch/indices";
import type { ElasticsearchServer } from "../../../tools/dev/elasticsearch/server";
import { goldenDocuments, reporterDocuments } from "./documents";

/** Documents of all tools that reach a bulk request at once. */
const AT_ONCE = 2000;

/**
 * Stores golden documents of all tools again and again, each under an `event.id` of its own, as if they had been collected now.
 * @param name Begin of the ids: "event" gives event-0, event-1
 * @returns the ids
 */
export async function storeGolden(
  server: ElasticsearchServer,
  name: string,
  count: number,
): Promise<string[]> {
  const documents = [...goldenDocuments(), ...reporterDocuments()].map(({ document }) => document);
  const now = new Date().toISOString();
  const ids = Array.from({ length: count }, (_, i) => `${name}-${i}`);
  const lines = ids.map((id, i) => {
    const { _id, ...document } = structuredClone(documents[i % documents.length]!);
    const event = { ...(document["event"] as object), id, created: now };
    const tool = (document["labels"] as { security_tool: string }).security_tool;
    const state = "finding" in document ? INDICES.posture : INDICES.vulnerabilities;
    const index = tool === "trivy" ? state : INDICES.events;
    return `{"index":{"_index":"${index}"}}\n${JSON.stringify({ ...document, "@timestamp": now, event })}\n`;
  });
  await storeLines(server, lines);
  return ids;
}

/** Stores events of another cluster: they take sequence numbers of the index, and are nothing to the programs of this one. */
export async function storeOfAnotherCluster(server: ElasticsearchServer, count: number): Promise<void> {
  const other = { "@timestamp": new Date().toISOString(), orchestrator: { cluster: { name: "another" } } };
  const line = `{"index":{"_index":"${INDICES.events}"}}\n${JSON.stringify(other)}\n`;
  await storeLines(server, new Array<string>(count).fill(line));
}

async function storeLines(server: ElasticsearchServer, lines: readonly string[]): Promise<void> {
  for (let start = 0; start < lines.length; start += AT_ONCE) {
    const { errors } = await server.client.must(
      "POST",
      "/_bulk?refresh=true",
      lines.slice(start, start + AT_ONCE).join(""),
    );
    assert.equal(errors, false);
  }
}
