import { type Answer, basic, HttpClient, parsed, type Request } from "../../node-program/http-client";

/** How Elasticsearch is asked: all of it known by now. */
export interface Server {
  endpoints: readonly string[];
  username: string;
  password: string;
  /** In PEM; without it the CAs of Node are trusted. */
  ca: string | undefined;
}

export interface ParsedAnswer {
  status: number;
  /** Undefined where it is no JSON. */
  body: unknown;
}

const REQUEST_MS = 10_000;

/** Asks the first endpoint that answers. */
export class Asker {
  private readonly clients: readonly HttpClient[];

  constructor({ endpoints, username, password, ca }: Server) {
    const headers = {
      authorization: basic(username, password),
      "content-type": "application/json",
      // Kibana changes nothing without it; Elasticsearch does not look at it.
      "kbn-xsrf": "security-stack",
    };
    this.clients = endpoints.map((url) => new HttpClient({ url, ca, headers }, { timeoutMs: REQUEST_MS }));
  }

  /** @throws ConnectionError of the last endpoint where none answers */
  async ask(method: Request["method"], path: string, content?: unknown): Promise<ParsedAnswer> {
    const body = content === undefined ? undefined : JSON.stringify(content);
    let last: unknown;
    for (const client of this.clients)
      try {
        const answer: Answer = await client.request({ method, path, body });
        return { status: answer.status, body: parsed(answer.body) };
      } catch (error) {
        last = error;
      }
    throw last;
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }
}
