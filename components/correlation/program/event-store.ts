import { ElasticsearchClient, refusalOf } from "../../node-program/elasticsearch-client";
import type { Answer, Target } from "../../node-program/http-client";
import type { Json } from "./resolved-rule";

/** Elasticsearch did not do what it was asked. */
export class StoreError extends Error {}

export interface StoredHit {
  _id: string;
  _source?: Json;
  /** Doc values by field, always lists. */
  fields?: Record<string, unknown[]>;
  sort?: unknown[];
  matched_queries?: string[];
}

export interface SearchAnswer {
  hits: StoredHit[];
  aggregations: Record<string, Aggregation>;
}

/** The parts of an aggregation's answer that are read. */
export interface Aggregation {
  doc_count?: number;
  value?: number | null;
  buckets?: Bucket[] | Record<string, Bucket>;
  after_key?: Json;
}

export interface Bucket {
  key?: unknown;
  doc_count: number;
  [aggregation: string]: unknown;
}

/** What `_bulk` made of documents that were to be created. */
export interface Created {
  created: number;
  /** Those that were there already. */
  existed: number;
  /** Reasons for which documents were refused. */
  refused: string[];
}

export interface Page {
  query: Json;
  /** Read from doc values, which costs less than the documents. */
  fields: readonly (string | Json)[];
  size: number;
}

/** The requests to Elasticsearch that the correlator makes. One that fails ends the pass: the next one, a minute later, goes on. */
export class EventStore {
  private readonly client: ElasticsearchClient;
  bytes = 0;

  /** @param targets Addresses of one Elasticsearch; the next is used where one can't be reached. */
  constructor(targets: readonly Target[]) {
    this.client = new ElasticsearchClient(targets);
  }

  get requests(): number {
    return this.client.requests;
  }

  /**
   * @param index One index, or several with commas between them; one that is not there yet has no documents.
   * @throws StoreError, ConnectionError
   */
  async search(index: string, body: Json): Promise<SearchAnswer> {
    const path = `/${encodeURIComponent(index)}/_search?ignore_unavailable=true`;
    const answer = await this.client.post(path, JSON.stringify(body));
    if (answer.status === 404) return { hits: [], aggregations: {} };
    const found = JSON.parse(accepted(answer, index).body) as {
      hits: { hits: StoredHit[] };
      aggregations?: Record<string, Aggregation>;
    };
    return { hits: found.hits.hits, aggregations: found.aggregations ?? {} };
  }

  /** All documents that match, by rising time. */
  async *stream(index: string, { query, fields, size }: Page): AsyncGenerator<StoredHit[]> {
    let after: unknown[] | undefined;
    do {
      const { hits } = await this.search(index, {
        size,
        query,
        _source: false,
        docvalue_fields: fields,
        sort: [{ "@timestamp": "asc" }, { "event.id": "asc" }],
        search_after: after,
        track_total_hits: false,
      });
      if (hits.length > 0) yield hits;
      after = hits.length === size ? hits.at(-1)!.sort : undefined;
    } while (after);
  }

  /** Creates documents under their ids; one that is there already stays as it is. */
  async create(index: string, documents: readonly { id: string; document: Json }[]): Promise<Created> {
    const result: Created = { created: 0, existed: 0, refused: [] };
    for (let start = 0; start < documents.length; start += 500) {
      const lines = documents
        .slice(start, start + 500)
        .map(({ id, document }) => `{"create":{"_id":${JSON.stringify(id)}}}\n${JSON.stringify(document)}\n`);
      const body = lines.join("");
      const path = `/${encodeURIComponent(index)}/_bulk?refresh=true&filter_path=items.*.status,items.*.error`;
      const answer = accepted(await this.client.post(path, body, "application/x-ndjson"), index);
      this.bytes += body.length;
      const { items = [] } = JSON.parse(answer.body) as {
        items?: { create: { status: number; error?: { type?: string; reason?: string } } }[];
      };
      for (const { create } of items) {
        if (create.status < 300) result.created += 1;
        else if (create.status === 409) result.existed += 1;
        else result.refused.push(`${create.error?.type ?? create.status}: ${create.error?.reason ?? ""}`);
      }
    }
    return result;
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

function accepted(answer: Answer, index: string): Answer {
  if (answer.status < 300) return answer;
  const hint =
    answer.status === 401 || answer.status === 403
      ? ": the API key needs `read` on events, audit, vulnerabilities and correlations and `create_doc` on correlations"
      : "";
  throw new StoreError(
    `Elasticsearch answers ${answer.status} for ${index}${hint}. ${refusalOf(answer.body)}`,
  );
}
