import { createHash } from "node:crypto";
import { ConnectionError, HttpClient, parsed, type Target } from "../../node-program/http-client";
import type { PodRef } from "./alert-findings";
import { rank } from "./planned-rule";

export const RESPONSE_DATASET = "response.action";

/** Something that was done, or not done and why. */
export interface AuditEntry {
  /** Tells it from others: the same entry is written once, however often it is. */
  key: readonly string[];
  /** When it was, in milliseconds. */
  time: number;
  /** observed, proposed, done, refused, ... */
  verdict: string;
  message: string;
  alert?: Readonly<Record<string, string>>;
  pod?: PodRef & { node?: string | undefined };
  response: {
    id?: string;
    rule?: string;
    action?: string;
    mode?: string;
    reason?: string;
    by?: string;
    workload?: string;
    /** Policies that still let something through to the pod. */
    allowing?: readonly string[];
    /** Address that a refused message came from. */
    address?: string;
  };
}

/** Adds what was done to the index of responses. */
export class Audit {
  private readonly clients: HttpClient[];
  private readonly waiting = new Map<string, string>();
  /** Entries that are gone because too many waited. */
  lost = 0;

  constructor(
    targets: readonly Target[],
    private readonly index: string,
    private readonly clusterName: string,
  ) {
    this.clients = targets.map((target) => new HttpClient(target, { timeoutMs: TIMEOUT_MS, connections: 1 }));
  }

  /** Takes it up; {@link flush} writes it. */
  add(entry: AuditEntry): void {
    const id = idOf(entry, this.clusterName);
    if (!this.waiting.has(id) && this.waiting.size >= MOST_WAITING) {
      this.lost += 1;
      return;
    }
    this.waiting.set(id, JSON.stringify(auditDocument(entry, this.clusterName)));
  }

  get size(): number {
    return this.waiting.size;
  }

  /** Writes what waits. @throws Error where Elasticsearch does not take it; then it waits on */
  async flush(): Promise<void> {
    const entries = [...this.waiting].slice(0, MOST_AT_ONCE);
    if (entries.length === 0) return;
    const lines = entries.map(([id, document]) => `{"create":{"_id":"${id}"}}\n${document}\n`);
    const items = itemsOf(await this.bulk(lines.join("")));
    const refused: string[] = [];
    entries.forEach(([id], place) => {
      const { status = 0, error } = items[place]?.create ?? {};
      // 409: it is there already. 429 and 5xx go by; what is refused for what it is would be for ever.
      if (status === 429 || status >= 500 || status === 0) return;
      this.waiting.delete(id);
      if (status >= 300 && status !== 409) refused.push(error?.reason ?? String(status));
    });
    if (refused.length > 0) throw new Error(`Elasticsearch refused ${refused.length} entries: ${refused[0]}`);
    if (this.waiting.size > 0 && entries.length < MOST_AT_ONCE)
      throw new Error("Elasticsearch took not all entries");
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }

  private async bulk(body: string): Promise<string> {
    const path = `/${encodeURIComponent(this.index)}/_bulk?filter_path=items.*.status,items.*.error`;
    const headers = { "content-type": "application/x-ndjson" };
    let failure: unknown;
    for (const client of this.clients) {
      try {
        const answer = await client.request({ method: "POST", path, headers, body });
        if (answer.status === 200) return answer.body;
        failure = new Error(`Elasticsearch: status ${answer.status} for ${this.index}`);
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        failure = error;
      }
    }
    throw failure;
  }
}

const TIMEOUT_MS = 15_000;
const MOST_WAITING = 5_000;
const MOST_AT_ONCE = 500;
const MOST_TEXT = 500;

interface Item {
  create?: { status?: number; error?: { reason?: string } };
}

function itemsOf(body: string): Item[] {
  return (parsed(body) as { items?: Item[] } | undefined)?.items ?? [];
}

function idOf({ key }: AuditEntry, clusterName: string): string {
  return createHash("sha256")
    .update(JSON.stringify(["response", clusterName, ...key]))
    .digest("hex")
    .slice(0, 32);
}

/** An entry as the index has it. */
export function auditDocument(entry: AuditEntry, clusterName: string): Record<string, unknown> {
  const { time, verdict, message, alert = {}, pod, response } = entry;
  const { namespace, technique, rule } = alert;
  return {
    "@timestamp": new Date(time).toISOString(),
    message: cut(message),
    event: {
      ...{ kind: "event", category: ["intrusion_detection"], type: ["info"], action: verdict },
      ...{
        module: "response",
        dataset: RESPONSE_DATASET,
        id: idOf(entry, clusterName),
        created: new Date().toISOString(),
      },
      severity: rank(alert["severity"]) || 1,
    },
    labels: { security_tool: "response" },
    orchestrator: { cluster: { name: clusterName } },
    ...(rule ? { rule: { name: cut(rule) } } : {}),
    ...(technique ? { threat: { technique: { id: [cut(technique)] } } } : {}),
    ...((pod ?? namespace)
      ? {
          kubernetes: {
            namespace: pod?.namespace ?? namespace,
            ...(pod ? { pod: { name: pod.name, uid: pod.uid } } : {}),
            ...(pod?.node ? { node: { name: pod.node } } : {}),
          },
        }
      : {}),
    response: {
      ...response,
      alert: alert["alertname"],
      verdict,
      reason: response.reason && cut(response.reason),
    },
  };
}

function cut(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}...` : text;
}
