import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { basic } from "../../../components/node-program/http-client";
import { type Certificates, issueCertificates } from "../../../components/pipeline/certificates";

export interface KibanaRequest {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: unknown;
}

interface Stored {
  title: string;
  panels: { type: string }[];
  [property: string]: unknown;
}

/**
 * A stand-in for Kibana's dashboards API, which takes gigabytes to run: it keeps what it is given, adds defaults of its own to
 * what it answers, as Kibana does, and notes all requests.
 */
export class KibanaStandIn {
  readonly requests: KibanaRequest[] = [];
  readonly dashboards = new Map<string, Stored>();
  password = "kibana-password";
  /** Answered to all that follows, in place of what was asked for. */
  failure: { status: number; message: string } | undefined;

  private constructor(
    private readonly server: Server,
    private readonly certificates: Certificates,
  ) {}

  static async start(): Promise<KibanaStandIn> {
    const certificates = await issueCertificates({ serverNames: ["localhost"], validityDays: 1 });
    const { serverCertificate: cert, serverKey: key } = certificates;
    const server = createServer({ cert, key });
    const kibana = new KibanaStandIn(server, certificates);
    server.on("request", (request, response) => {
      kibana.answer(request, response).catch(() => response.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return kibana;
  }

  get access() {
    const { port } = this.server.address() as AddressInfo;
    return {
      endpoints: [`https://localhost:${port}`],
      username: "provisioner",
      password: this.password,
      ca: this.certificates.caCertificate,
    };
  }

  /** Those that would change something, since the last call. */
  takeChanges(): string[] {
    const changes = this.requests.filter(({ method }) => method !== "GET");
    this.requests.length = 0;
    return changes.map(({ method, url }) => `${method} ${url.replace(/\?.*/, "")}`).sort();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const body = method === "PUT" ? await json(request) : undefined;
    this.requests.push({ method, url, headers, body });
    const [status, content] = this.reply(method, url, headers, body);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(content === undefined ? undefined : JSON.stringify(content));
  }

  private reply(
    method: string,
    url: string,
    headers: IncomingMessage["headers"],
    body: unknown,
  ): [number, unknown?] {
    if (this.failure) return [this.failure.status, { statusCode: this.failure.status, ...this.failure }];
    if (headers.authorization !== basic("provisioner", this.password))
      return [401, { statusCode: 401, message: "unable to authenticate user" }];
    if (method !== "GET" && !headers["kbn-xsrf"]) return [400, { message: "needs kbn-xsrf" }];
    const id = /^\/api\/dashboards\/([^?/]+)/.exec(url)?.[1];
    if (id === undefined) return [404, { message: "Not Found" }];
    const found = this.dashboards.get(id);
    if (method === "PUT") {
      this.dashboards.set(id, body as Stored);
      return [found ? 200 : 201, this.shown(id, body as Stored)];
    }
    if (!found) return [404, { message: `A dashboard with ID [${id}] was not found.` }];
    if (method === "GET") return [200, this.shown(id, found)];
    this.dashboards.delete(id);
    return [204];
  }

  private shown(id: string, stored: Stored) {
    const panels = stored.panels.map((panel, index) => ({ ...panel, id: `panel-${index}` }));
    const data = { ...stored, panels, pinned_panels: [], filters: [] };
    return {
      id,
      data,
      meta: { updated_at: new Date().toISOString(), version: String(this.requests.length) },
    };
  }
}
