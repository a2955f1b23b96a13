import {
  type Answer,
  ConnectionError,
  HttpClient,
  type Request,
  type Target,
} from "../../node-program/http-client";
import { Backoff, isTransient, type RetryPolicy, retryAfterMs } from "./retry";

/** Elasticsearch refused a request, and would again. */
export class StoreError extends Error {}

export interface Hit {
  _id: string;
  _source?: Record<string, unknown>;
  sort?: unknown[];
}

/** What `_bulk` says of one operation. */
export interface BulkItem {
  status: number;
  error?: { type?: string; reason?: string };
}

const SEARCH_PAGE = 1000;

/** The requests to Elasticsearch that the reporter makes, all on one index. */
export class Store {
  private readonly clients: HttpClient[];
  private current = 0;

  /** @param targets Addresses of one Elasticsearch; the next is used when one can't be reached. */
  constructor(
    targets: readonly Target[],
    private readonly index: string,
    private readonly policy: RetryPolicy,
  ) {
    this.clients = targets.map((target) => new HttpClient(target));
  }

  /** Runs a `_bulk` body of newline-delimited JSON; the items are in its order. */
  async bulk(body: Buffer, refresh: boolean): Promise<BulkItem[]> {
    const response = await this.send({
      method: "POST",
      path: `${this.path("_bulk")}?refresh=${refresh}&filter_path=items.*.status,items.*.error.type,items.*.error.reason`,
      headers: { "content-type": "application/x-ndjson" },
      body,
    });
    const { items = [] } = JSON.parse(response.body) as { items?: Record<string, BulkItem>[] };
    return items.map((item) => Object.values(item)[0] ?? { status: 0 });
  }

  /** All documents that match, page by page; an index that is not there yet has none. */
  async *search(query: object, fields: readonly string[]): AsyncGenerator<Hit> {
    let after: unknown[] | undefined;
    do {
      const response = await this.send({
        method: "POST",
        path: `${this.path("_search")}?ignore_unavailable=true&filter_path=hits.hits._id,hits.hits._source,hits.hits.sort`,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          size: SEARCH_PAGE,
          query,
          _source: fields,
          sort: [{ "event.id": { order: "asc", unmapped_type: "keyword" } }],
          search_after: after,
          track_total_hits: false,
        }),
      });
      const hits = (JSON.parse(response.body) as { hits?: { hits?: Hit[] } }).hits?.hits ?? [];
      yield* hits;
      after = hits.length === SEARCH_PAGE ? hits.at(-1)?.sort : undefined;
    } while (after);
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }

  private path(api: string): string {
    return `/${encodeURIComponent(this.index)}/${api}`;
  }

  /** Waits for a 401 too: that is what a good API key is told until a started server has its security index again. */
  private async send(request: Request): Promise<Answer> {
    const backoff = new Backoff(this.policy, "Elasticsearch");
    for (;;) {
      try {
        const response = await this.clients[this.current]!.request(request);
        if (!isTransient(response.status) && response.status !== 401) return this.accept(response);
        await backoff.wait(this.complaint(response), retryAfterMs(response));
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        this.current = (this.current + 1) % this.clients.length;
        await backoff.wait(error.message);
      }
    }
  }

  private accept(response: Answer): Answer {
    if (response.status < 300) return response;
    throw new StoreError(`Elasticsearch answers ${this.complaint(response)}`);
  }

  private complaint({ status, body }: Answer): string {
    if (isTransient(status)) return `status ${status}`;
    if (status === 401 || status === 403)
      return `${status}: the API key needs the privileges read and index on ${this.index}. ${reasonOf(body)}`;
    return `${status} for index ${this.index}: ${reasonOf(body)}`;
  }
}

function reasonOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: { reason?: string; root_cause?: { reason?: string }[] } };
    return (error?.root_cause?.[0]?.reason ?? error?.reason ?? body).slice(0, 500);
  } catch {
    return body.slice(0, 500);
  }
}
