import { readFileSync } from "node:fs";
import type { KubeApi } from "../../tools/dev/cluster/api";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import type { AuditWorld } from "./world";

/** Of a document of the audit log, what the tests look at. */
export interface Stored {
  "@timestamp": string;
  message: string;
  event: { severity: number; kind: string; action: string; created: string };
  rule?: { name: string };
  user: { name: string };
  k8s_audit: { resource?: string; rules?: string[]; request?: unknown; truncated?: boolean };
}

/** Documents of the audit index that a query finds. */
export async function hits({ server }: AuditWorld, query: Record<string, unknown>): Promise<Stored[]> {
  const found = await server.client.search(INDICES.audit, query);
  return found.map(({ _source }) => _source as unknown as Stored);
}

/** Waits until every line that the API server has written so far is a document. */
export async function readAll({ server, log }: AuditWorld): Promise<void> {
  const lines = readFileSync(log, "utf8").split("\n").length - 1;
  await waitUntil(
    `${lines} documents`,
    async () => (await server.client.count(INDICES.audit, { match_all: {} })) >= lines,
  );
}

/** Requests that the API server has answered, of everyone. */
export async function countApiCalls(api: KubeApi): Promise<number> {
  return sumOf(await api.get<string>("/metrics"), "apiserver_request_total");
}

/** The sum of a metric over all its labels, in Prometheus' text. */
export function sumOf(metrics: string, name: string): number {
  return [...metrics.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"))]
    .map(([, value]) => Number(value))
    .reduce((sum, value) => sum + value, 0);
}
