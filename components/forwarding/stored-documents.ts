import { ElasticsearchClient, refusalOf } from "../node-program/elasticsearch-client";
import type { Target } from "../node-program/http-client";

export type Json = Record<string, unknown>;

/** A document as a search returns it. */
export interface Hit {
  _id: string;
  _source: Json;
  /** Where the search sorts. */
  sort?: unknown[];
}

/** What reading by position needs of Elasticsearch. */
export interface Store {
  search(index: string, body: Json): Promise<{ hits: Hit[]; aggregations?: Json | undefined }>;
}

const TIMEOUT_MS = 60_000;
/** What is in memory of an answer; a longer one is asked for in smaller pages. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Searches in one Elasticsearch, for programs that pass on what it has. An index that is not there has no documents. */
export class StoredDocuments implements Store {
  private readonly client: ElasticsearchClient;

  /**
   * @param targets Addresses of one Elasticsearch; the next is used where one can't be reached
   * @param maxAnswerBytes Of an answer; 8 MiB by default, which fits into a small pod
   */
  constructor(targets: readonly Target[], maxAnswerBytes = MAX_ANSWER_BYTES) {
    this.client = new ElasticsearchClient(targets, { timeoutMs: TIMEOUT_MS, maxAnswerBytes });
  }

  /** @throws Error with Elasticsearch's reason; ConnectionError where it does not answer, or with more than is read */
  async search(index: string, body: Json): Promise<{ hits: Hit[]; aggregations?: Json | undefined }> {
    // Documents of a shard that is away would be taken for read.
    const path = `/${encodeURIComponent(index)}/_search?allow_partial_search_results=false`;
    const answer = await this.client.post(path, JSON.stringify(body));
    if (answer.status === 404) return { hits: [] };
    if (answer.status !== 200) {
      const hint = answer.status === 401 || answer.status === 403 ? ": the API key needs `read` on it" : "";
      throw new Error(
        `Elasticsearch answers ${answer.status} for ${index}${hint}. ${refusalOf(answer.body)}`,
      );
    }
    const { hits, aggregations } = JSON.parse(answer.body) as { hits: { hits: Hit[] }; aggregations?: Json };
    return { hits: hits.hits, aggregations };
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
