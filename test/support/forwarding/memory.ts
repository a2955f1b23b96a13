import type { KeptPosition, Positions } from "../../../components/forwarding/forward";
import { PositionMoved } from "../../../components/forwarding/forward";
import type { Position } from "../../../components/forwarding/position";
import type { Hit, Json, Store } from "../../../components/forwarding/stored-documents";
import { ConnectionError } from "../../../components/node-program/http-client";

interface Term {
  term: Record<string, string>;
}

interface Stored extends Hit {
  index: string;
  sequence: number;
}

/** What the searches of the position ask of Elasticsearch, in memory; the pipeline rung asks the real one. */
export class MemoryStore implements Store {
  readonly documents: Stored[] = [];
  mostHits = Number.POSITIVE_INFINITY;

  add(index: string, count: number, from = this.documents.length): void {
    const first = this.of(index).length;
    for (let i = 0; i < count; i += 1) {
      const sequence = first + i;
      const id = `e${from + i}`;
      this.documents.push({ index, sequence, _id: id, _source: documentOf(id) });
    }
  }

  private of(index: string): Stored[] {
    return this.documents.filter((one) => one.index === index);
  }

  async search(name: string, body: Json): Promise<{ hits: Hit[]; aggregations?: Json }> {
    const found = this.of(name);
    if (body["aggs"]) {
      const last = Math.max(...found.map(({ sequence }) => sequence));
      const buckets = found.length === 0 ? [] : [{ key: name, last: { value: last } }];
      return { hits: [], aggregations: { indices: { buckets } } };
    }
    const {
      query,
      size,
      search_after: after,
    } = body as {
      query: { bool: { filter: [unknown, { range: { _seq_no: { gt: number; lte: number } } }, Term?] } };
      size: number;
      search_after?: [number];
    };
    const [, { range }, own] = query.bool.filter;
    const { gt, lte } = range._seq_no;
    const cluster = own?.term["orchestrator.cluster.name"];
    const hits = found
      .filter(
        ({ _source }) => cluster === undefined || JSON.stringify(_source).includes(`{"name":"${cluster}"}`),
      )
      .filter(({ sequence }) => sequence > Math.max(gt, after?.[0] ?? -1) && sequence <= lte)
      .slice(0, size)
      .map((one) => ({ ...one, sort: [one.sequence] }));
    if (hits.length > this.mostHits) throw new ConnectionError("es", "EMSGSIZE", "too long");
    return { hits };
  }
}

export const CLUSTER = "test";

export function documentOf(id: string, more: object = {}) {
  return {
    "@timestamp": "2026-11-30T09:59:00.000Z",
    event: { id, severity: 4, created: "2026-11-30T09:59:01.500000001Z", ...more },
    host: { name: "node-1" },
    labels: { security_tool: "falco" },
    orchestrator: { cluster: { name: CLUSTER } },
  };
}

export class MemoryPositions implements Positions {
  private position: Position = { done: {} };
  private version = 0;

  async read(): Promise<KeptPosition> {
    return { position: this.position, version: String(this.version) };
  }

  async write(position: Position, version: string): Promise<KeptPosition> {
    if (version !== String(this.version)) throw new PositionMoved("moved");
    this.position = structuredClone(position);
    this.version += 1;
    return this.read();
  }
}

/** By their names, as a bucket has them. */
export class MemoryObjects {
  readonly objects = new Map<string, string>();

  async put(name: string, content: Buffer): Promise<void> {
    this.objects.set(name, content.toString());
  }

  ids(): string[] {
    return [...this.objects.values()]
      .flatMap((text) => text.trimEnd().split("\n"))
      .map((line) => (JSON.parse(line) as { event: { id: string } }).event.id);
  }
}
