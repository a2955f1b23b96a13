/** A document that raises an alert of the rule, as of now. */
export function alertingDocument(rule: string): Record<string, unknown> {
  const now = new Date().toISOString();
  return {
    "@timestamp": now,
    event: { created: now, severity: 4, kind: "alert" },
    labels: { security_tool: "falco" },
    host: { name: "node-1" },
    kubernetes: { namespace: "shop", pod: { name: "web-7d9c5bb6d4-x2x4k" } },
    rule: { name: rule },
  };
}

/** The body of a bulk request that adds these documents. */
export function bulkBody(documents: readonly object[]): string {
  return documents
    .map((document) => `${JSON.stringify({ index: {} })}\n${JSON.stringify(document)}\n`)
    .join("");
}
