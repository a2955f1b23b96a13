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
    const index = tool === "trivy" ? INDICES.vulnerabilities : INDICES.events;
    return `{"index":{"_index":"${index}"}}\n${JSON.stringify({ ...document, "@timestamp": now, event })}\n`;
  });
  for (let start = 0; start < lines.length; start += AT_ONCE) {
    const { errors } = await server.client.must(
      "POST",
      "/_bulk?refresh=true",
      lines.slice(start, start + AT_ONCE).join(""),
    );
    assert.equal(errors, false);
  }
  return ids;
}
