import { basic, ConnectionError, HttpClient, parsed } from "../../node-program/http-client";
import { isObject, type Json } from "./drift";

/** Where Kibana is, and who asks. */
export interface KibanaAccess {
  endpoint: string;
  username: string;
  password: string;
  /** Of the CA, in PEM; without it those of Node are trusted. */
  ca: string | undefined;
}

/** Kibana's dashboards API, which Kibana has since 9.4 (elastic/kibana, oas_docs/output/kibana.yaml, "Dashboards"). */
export class DashboardsApi {
  private readonly client: HttpClient;

  constructor(private readonly access: KibanaAccess) {
    const { endpoint, username, password, ca } = access;
    const headers = {
      authorization: basic(username, password),
      "content-type": "application/json",
      // Kibana changes nothing without it.
      "kbn-xsrf": "true",
    };
    this.client = new HttpClient({ url: endpoint, ca, headers });
  }

  /** Makes the dashboard, or replaces it where there is one of this id. @returns what Kibana has now */
  async put(id: string, body: Json): Promise<Json> {
    await this.ask("PUT", id, [200, 201], body);
    const found = await this.get(id);
    if (found === undefined) throw new Error(`${this.where(id)} is gone right after it was written.`);
    return found;
  }

  /** What Kibana has; undefined where it has no such dashboard. */
  async get(id: string): Promise<Json | undefined> {
    const { status, content } = await this.ask("GET", id, [200, 404]);
    if (status === 404) return undefined;
    // Beside it: the id, and when who changed it.
    const data = isObject(content) ? content["data"] : undefined;
    if (data === undefined) throw new Error(`${this.where(id)}: the answer is not a dashboard.`);
    return data;
  }

  /** One that is not there any more is no error. */
  async delete(id: string): Promise<void> {
    await this.ask("DELETE", id, [200, 204, 404]);
  }

  private async ask(
    method: "PUT" | "GET" | "DELETE",
    id: string,
    good: readonly number[],
    body?: Json,
  ): Promise<{ status: number; content: Json | undefined }> {
    // The lenient form: as the Elastic provider asks (0.16.2, internal/clients/kibanaoapi/dashboards.go).
    const path = `/api/dashboards/${encodeURIComponent(id)}${method === "DELETE" ? "" : "?allowUnmappedKeys=true"}`;
    const answer = await this.client
      .request({ method, path, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
      .catch((error: unknown) => {
        throw error instanceof ConnectionError ? this.away(error) : error;
      });
    const content = parsed(answer.body) as Json | undefined;
    if (!good.includes(answer.status)) throw this.refused(method, id, answer.status, content);
    return { status: answer.status, content };
  }

  private away({ code }: ConnectionError): Error {
    const at = `Kibana at ${this.access.endpoint}`;
    return new Error(
      /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS_CERT)/.test(code)
        ? `The certificate of ${at} is not trusted (${code}): set output.elasticsearch.objects.caCertificate to that of its CA.`
        : `${at} can't be reached (${code}): see that it runs, and that output.elasticsearch.objects.kibanaEndpoint is how this machine reaches it. Where the program itself opens the way, refresh with --run-program.`,
    );
  }

  private refused(method: string, id: string, status: number, content: Json | undefined): Error {
    const message = isObject(content) && typeof content["message"] === "string" ? content["message"] : "";
    return new Error(
      `${this.where(id)}: ${method} was answered ${status}${fix(status, method)} ${message}`.trim(),
    );
  }

  private where(id: string): string {
    return `The dashboard "${id}" in Kibana at ${this.access.endpoint}`;
  }
}

function fix(status: number, method: string): string {
  if (status === 401) return ": the user or the password is wrong (output.elasticsearch.objects).";
  if (status === 403)
    return `: the user lacks the privilege to ${method === "GET" ? "read" : "manage"} dashboards.`;
  if (status === 404)
    return ": this Kibana has no dashboards API, which came with 9.4. Upgrade it, or set output.elasticsearch.objects.dashboards to false.";
  if (status >= 500 || status === 429) return ": see whether it is healthy, then run the command again.";
  return ".";
}
