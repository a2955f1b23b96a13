import {
  type Answer,
  type ClientOptions,
  ConnectionError,
  HttpClient,
  parsed,
  type Target,
} from "./http-client";

/** One Elasticsearch at several addresses: the next is asked where one can't be reached. */
export class ElasticsearchClient {
  private readonly clients: HttpClient[];
  requests = 0;

  constructor(targets: readonly Target[], options: ClientOptions = {}) {
    this.clients = targets.map((target) => new HttpClient(target, options));
  }

  /**
   * The answer to a POST, whatever its status.
   * @throws ConnectionError of the last address where none answers
   */
  async post(path: string, body: string, type = "application/json"): Promise<Answer> {
    this.requests += 1;
    let failure: unknown;
    for (const client of [...this.clients]) {
      try {
        return await client.request({ method: "POST", path, headers: { "content-type": type }, body });
      } catch (error) {
        // What is too long comes from each of them.
        if (!(error instanceof ConnectionError) || error.code === "EMSGSIZE") throw error;
        failure = error;
        // The others are asked first from now on.
        this.clients.push(this.clients.shift()!);
      }
    }
    throw failure;
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }
}

/** Why Elasticsearch refused, from the body of its answer; at most 500 characters. */
export function refusalOf(body: string): string {
  const { error } = (parsed(body) ?? {}) as {
    error?: { reason?: string; root_cause?: { reason?: string }[] };
  };
  return (error?.root_cause?.[0]?.reason ?? error?.reason ?? body).slice(0, 500);
}
