import type { IncomingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";
import type { RoleDescriptors } from "../../../components/documents/api-keys";

type Json = Record<string, unknown>;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Json;
}

/** One hit of a search. */
export interface Hit {
  _id: string;
  _index: string;
  _source: Json;
}

export interface Credentials {
  user: string;
  password: string;
}

/** What an Authorization header has: a user's password or an API key. */
export type Authorization = `Basic ${string}` | `ApiKey ${string}`;

/** A few calls of Elasticsearch's HTTP interface, over TLS that is verified. */
export class ElasticsearchClient {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    private readonly ca: string,
    private readonly authorization: Authorization,
  ) {
    this.agent = new Agent({ ca, keepAlive: true });
  }

  /** The same server with other rights. */
  as(authorization: Authorization): ElasticsearchClient {
    return new ElasticsearchClient(this.url, this.ca, authorization);
  }

  /**
   * Makes an API key with these rights, as far as they are this client's too. Resolves with the encoded key.
   * @param expiration As "1d"; left out, the key has none.
   */
  async createApiKey(name: string, roles: RoleDescriptors, expiration?: string): Promise<string> {
    const body = { name, role_descriptors: roles, expiration };
    const { encoded } = await this.must("POST", "/_security/api_key", body);
    return encoded as string;
  }

  /** Any call; a body that is text is sent as it is. Resolves for every status; rejects where there is no answer. */
  request(method: string, path: string, body?: unknown): Promise<Answer> {
    const content = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const headers = {
      authorization: this.authorization,
      "content-type": "application/json",
      // Node sends the body of a DELETE without it, and then the server takes that for the next request.
      "content-length": Buffer.byteLength(content ?? ""),
    };
    return new Promise((resolve, reject) => {
      const call = request(
        this.url + path,
        { method, agent: this.agent, timeout: 60_000, headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            const { statusCode: status = 0, headers } = response;
            resolve({ status, headers, body: text ? (JSON.parse(text) as Json) : {} });
          });
        },
      );
      call.on("timeout", () => call.destroy(new Error(`no answer to ${method} ${path} in 60 s`)));
      call.on("error", reject);
      call.end(content);
    });
  }

  /** A call that must succeed. @throws with the answer where it did not. */
  async must(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.request(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Documents that match, all that are written by now counted in. An index that is not there has none. */
  async count(index: string, query: Json = { match_all: {} }): Promise<number> {
    await this.request("POST", `/${index}/_refresh?ignore_unavailable=true`);
    const { body } = await this.request("POST", `/${index}/_count?ignore_unavailable=true`, { query });
    return typeof body["count"] === "number" ? body["count"] : 0;
  }

  /** The first documents that match, at most 10,000. */
  async search(index: string, query: Json = { match_all: {} }, size = 10_000): Promise<Hit[]> {
    await this.request("POST", `/${index}/_refresh?ignore_unavailable=true`);
    const body = await this.must("POST", `/${index}/_search?ignore_unavailable=true`, { query, size });
    return (body["hits"] as { hits: Hit[] }).hits;
  }

  /** The sources of all documents of an index, with only the given field in them, however many there are. */
  async sources(index: string, fieldName: string): Promise<Json[]> {
    await this.request("POST", `/${index}/_refresh?ignore_unavailable=true`);
    const found: Json[] = [];
    const query = { size: 10_000, sort: ["_doc"], _source: [fieldName] };
    let page = await this.must("POST", `/${index}/_search?scroll=1m`, query);
    for (;;) {
      const { hits } = page["hits"] as { hits: Hit[] };
      if (hits.length === 0) return found;
      found.push(...hits.map(({ _source }) => _source));
      page = await this.must("POST", "/_search/scroll", { scroll: "1m", scroll_id: page["_scroll_id"] });
    }
  }
}

export function basic({ user, password }: Credentials): Authorization {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** @param encoded As Elasticsearch returns it when it makes a key. */
export function apiKey(encoded: string): Authorization {
  return `ApiKey ${encoded}`;
}
