import { HttpClient, parsed, type Target } from "../../node-program/http-client";

type Json = Record<string, unknown>;

const TIMEOUT_MS = 30_000;
const MOST_ANSWER_BYTES = 8 * 1024 * 1024;

/** Elasticsearch did not give what was asked for. */
export class SearchFailed extends Error {
  constructor(
    message: string,
    /** It is there, and refuses just this search. */
    readonly isRefusal = false,
  ) {
    super(message);
  }
}

/** Searches in one Elasticsearch, at whichever of its addresses answers. */
export class Searches {
  private readonly clients: readonly HttpClient[];

  constructor(targets: readonly Target[]) {
    const options = { timeoutMs: TIMEOUT_MS, maxAnswerBytes: MOST_ANSWER_BYTES, connections: 2 };
    this.clients = targets.map((target) => new HttpClient(target, options));
  }

  /**
   * The aggregations of a search. An index that is not there yet has no documents.
   * @param index names, separated by commas
   * @throws SearchFailed where no address gives a complete answer
   */
  async aggregate<T>(index: string, body: Json): Promise<T | undefined> {
    const path = `/${index}/_search?ignore_unavailable=true&allow_no_indices=true&request_cache=false`;
    const problems: string[] = [];
    for (const client of this.clients) {
      try {
        const { status, body: text } = await client.request({
          method: "POST",
          path,
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ size: 0, track_total_hits: false, ...body }),
        });
        if (status === 200) return aggregationsOf<T>(parsed(text));
        if (status === 400 || status === 404)
          throw new SearchFailed(`Elasticsearch: status ${status} for ${index}`, true);
        problems.push(`status ${status}`);
      } catch (error) {
        if (error instanceof SearchFailed) throw error;
        problems.push((error as Error).message);
      }
    }
    throw new SearchFailed(`Elasticsearch: ${problems.join("; ")}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }
}

interface SearchAnswer<T> {
  timed_out?: boolean;
  _shards?: { failed: number };
  aggregations?: T;
}

/** Of some shards only would be an alert that ends because a node is away. */
function aggregationsOf<T>(answer: unknown): T | undefined {
  const { timed_out, _shards, aggregations } = (answer ?? {}) as SearchAnswer<T>;
  if (!_shards || timed_out || _shards.failed > 0)
    throw new SearchFailed("Elasticsearch: an answer without all of its shards");
  return aggregations;
}
