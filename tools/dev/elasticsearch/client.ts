import type { IncomingHttpHeaders } from "node:http";
import type { RoleDescriptors } from "../../../components/documents/api-keys";
import { type Authorization, HttpClient, type Request } from "../../../components/node-program/http-client";

const UNAVAILABLE = 503;

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

/** A few calls of Elasticsearch's HTTP interface, over TLS that is verified. */
export class ElasticsearchClient {
  private readonly client: HttpClient;

  /** @param name that its certificate has, where that is not the address: Node verifies what the header `host` says */
  constructor(
    readonly url: string,
    private readonly ca: string,
    authorization: Authorization,
    private readonly name?: string,
  ) {
    const headers = { authorization, "content-type": "application/json", ...(name && { host: name }) };
    this.client = new HttpClient({ url, ca, headers });
  }

  /** The same server with other rights. */
  as(authorization: Authorization): ElasticsearchClient {
    return new ElasticsearchClient(this.url, this.ca, authorization, this.name);
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
  async request(method: Request["method"], path: string, body?: unknown): Promise<Answer> {
    const content = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const answer = await this.client.request({ method, path, body: content });
    return { ...answer, body: answer.body ? (JSON.parse(answer.body) as Json) : {} };
  }

  /** A call that must succeed. @throws with the answer where it did not. */
  async must(method: Request["method"], path: string, body?: unknown): Promise<Json> {
    return bodyOf(await this.request(method, path, body), `${method} ${path}`);
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

  /**
   * The sources of all documents of an index, with only the given field in them, however many there are. An index whose
   * shard has not started has none.
   */
  async sources(index: string, fieldName: string): Promise<Json[]> {
    await this.request("POST", `/${index}/_refresh?ignore_unavailable=true`);
    const found: Json[] = [];
    const query = { size: 10_000, sort: ["_doc"], _source: [fieldName] };
    const search = `/${index}/_search?scroll=1m&ignore_unavailable=true`;
    const first = await this.request("POST", search, query);
    if (first.status === UNAVAILABLE) return found;
    let page = bodyOf(first, `POST ${search}`);
    for (;;) {
      const { hits } = page["hits"] as { hits: Hit[] };
      if (hits.length === 0) return found;
      found.push(...hits.map(({ _source }) => _source));
      page = await this.must("POST", "/_search/scroll", { scroll: "1m", scroll_id: page["_scroll_id"] });
    }
  }
}

function bodyOf({ status, body }: Answer, call: string): Json {
  if (status >= 300) throw new Error(`${call}: ${status} ${JSON.stringify(body)}`);
  return body;
}
