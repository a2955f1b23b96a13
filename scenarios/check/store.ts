import { Agent, request } from "node:https";

export type Json = Record<string, unknown>;

/** A document as a search returns it. */
export interface Found {
  _id: string;
  _index: string;
  _source: Json;
}

export interface SearchResult {
  total: number;
  hits: Found[];
  aggregations?: Json;
}

/** What the checks need of Elasticsearch: searching, and nothing that writes. */
export interface Store {
  search(index: string, body: Json): Promise<SearchResult>;
}

export interface StoreOptions {
  url: string;
  /** Value of the Authorization header: "ApiKey ..." or "Basic ...". */
  authorization: string;
  /** PEM of the certificate authority; the system's ones without it. */
  ca?: string;
}

const TIMEOUT_MS = 30_000;
const MOST_BYTES = 16 * 1024 * 1024;

/** Elasticsearch over verified TLS. An index that is not there has no documents. */
export class ElasticsearchStore implements Store {
  private readonly agent: Agent;

  constructor(private readonly options: StoreOptions) {
    const { protocol, hostname } = new URL(options.url);
    if (protocol !== "https:") throw new Error(`${hostname}: only https, since credentials are sent there`);
    this.agent = new Agent({ ca: options.ca, keepAlive: true });
  }

  /** @throws where Elasticsearch does not answer, or answers with an error, with its reason. */
  async search(index: string, body: Json): Promise<SearchResult> {
    // Not ignore_unavailable: with it an index that this key may not read looks like an empty one.
    const answer = await this.post(`/${index}/_search`, { track_total_hits: true, ...body });
    return answer ? searchResult(answer) : { total: 0, hits: [] };
  }

  close(): void {
    this.agent.destroy();
  }

  /** Undefined where the index is not there. */
  private post(path: string, body: Json): Promise<Json | undefined> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: this.options.authorization, "content-type": "application/json" };
      const url = this.options.url.replace(/\/$/, "") + path;
      const call = request(
        url,
        { method: "POST", agent: this.agent, headers, timeout: TIMEOUT_MS },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => {
            text += chunk;
            if (text.length > MOST_BYTES) call.destroy(new Error("Elasticsearch's answer is too long"));
          });
          response.on("error", reject);
          response.on("end", () => {
            if (response.statusCode === 200) resolve(JSON.parse(text) as Json);
            else if (response.statusCode === 404) resolve(undefined);
            else reject(new Error(`Elasticsearch answered ${response.statusCode}: ${reasonOf(text)}`));
          });
        },
      );
      call.on("timeout", () =>
        call.destroy(new Error(`no answer from Elasticsearch in ${TIMEOUT_MS / 1000} s`)),
      );
      call.on("error", reject);
      call.end(JSON.stringify(body));
    });
  }
}

/** The parts of Elasticsearch's answer that the checks read. */
function searchResult(answer: Json): SearchResult {
  const { total, hits } = answer["hits"] as { total: { value: number }; hits: Found[] };
  return { total: total.value, hits, aggregations: answer["aggregations"] as Json | undefined };
}

function reasonOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { reason?: string } };
    return error?.reason ?? text.slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}
