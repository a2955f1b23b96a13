import { HttpClient, parsed, type Target } from "../../components/node-program/http-client";

export type Json = Record<string, unknown>;

/** A document as a search returns it. */
export interface Found {
  _id: string;
  _index: string;
  _source: Json;
  /** Where the search sorts. */
  sort?: unknown[];
}

export interface SearchResult {
  /** Zero where the search did not ask for it. */
  total: number;
  hits: Found[];
  aggregations?: Json;
}

/** What the checks need of Elasticsearch: searching, and nothing that writes. */
export interface Store {
  search(index: string, body: Json): Promise<SearchResult>;
}

const LIMITS = { timeoutMs: 30_000, maxAnswerBytes: 16 * 1024 * 1024 };

/** Elasticsearch, as the checks see it. An index that is not there has no documents. */
export class ElasticsearchStore implements Store {
  private readonly client: HttpClient;

  constructor(target: Target) {
    this.client = new HttpClient(target, LIMITS);
  }

  /** @throws where Elasticsearch does not answer, or answers with an error, with its reason. */
  async search(index: string, body: Json): Promise<SearchResult> {
    // Not ignore_unavailable: with it an index that this key may not read looks like an empty one.
    const answer = await this.post(`/${index}/_search`, { track_total_hits: true, ...body });
    return answer ? searchResult(answer) : { total: 0, hits: [] };
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  /** Undefined where the index is not there. */
  private async post(path: string, content: Json): Promise<Json | undefined> {
    const { status, body } = await this.client.request({
      method: "POST",
      path,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(content),
    });
    if (status === 200) return JSON.parse(body) as Json;
    if (status === 404) return undefined;
    throw new Error(`Elasticsearch answered ${status}: ${reasonOf(body)}`);
  }
}

/** The parts of Elasticsearch's answer that the checks read. */
function searchResult(answer: Json): SearchResult {
  const { total, hits } = answer["hits"] as { total?: { value: number }; hits: Found[] };
  return { total: total?.value ?? 0, hits, aggregations: answer["aggregations"] as Json | undefined };
}

function reasonOf(text: string): string {
  const answer = parsed(text) as { error?: { reason?: string } } | undefined;
  return answer?.error?.reason ?? text.slice(0, 300);
}
