import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Authorization, Request } from "../../../components/node-program/http-client";
import { issueCertificates } from "../../../components/pipeline/certificates";
import type { ElasticsearchClient } from "../../../tools/dev/elasticsearch/client";

/**
 * An Elasticsearch of a cluster under a name that its certificate has: ECK's names the Service only, and who asks from outside has
 * but a port of this machine. Who asks shows a key of his own.
 */
export class StoreRelay {
  private readonly clients = new Map<string, ElasticsearchClient>();

  private constructor(
    private readonly server: https.Server,
    readonly ca: string,
    private readonly store: ElasticsearchClient,
  ) {}

  static async start(store: ElasticsearchClient): Promise<StoreRelay> {
    const { serverCertificate, serverKey, caCertificate } = await issueCertificates({
      serverNames: ["localhost"],
      validityDays: 1,
    });
    const server = https.createServer({ cert: serverCertificate, key: serverKey });
    const relay = new StoreRelay(server, caCertificate, store);
    server.on("request", (request, response) => void relay.pass(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return relay;
  }

  get url(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await text(request);
      const client = this.clientOf(request.headers.authorization ?? "");
      const answer = await client.request(
        request.method as Request["method"],
        request.url!,
        body || undefined,
      );
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(JSON.stringify(answer.body));
    } catch {
      response.destroy();
    }
  }

  private clientOf(authorization: string): ElasticsearchClient {
    const client = this.clients.get(authorization) ?? this.store.as(authorization as Authorization);
    this.clients.set(authorization, client);
    return client;
  }
}
