import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { issueCertificates } from "../../components/pipeline/certificates";
import { basicToken } from "../../tools/elasticsearch/client";
import type { ElasticsearchServer } from "../../tools/elasticsearch/server";

/**
 * In front of Elasticsearch, whose test build can't make API keys: takes one, and acts with the rights of the account
 * that reads.
 */
export class ApiKeyProxy {
  private constructor(
    private readonly server: https.Server,
    readonly ca: string,
  ) {}

  static async start(elasticsearch: ElasticsearchServer, apiKey: string): Promise<ApiKeyProxy> {
    const { serverCertificate, serverKey, caCertificate } = await issueCertificates({
      serverNames: ["localhost"],
      validityDays: 1,
    });
    const server = https.createServer({ cert: serverCertificate, key: serverKey }, (request, response) => {
      if (request.headers.authorization !== `ApiKey ${apiKey}`) {
        response.writeHead(401).end("{}");
        return;
      }
      const headers = { ...request.headers, authorization: `Basic ${basicToken(elasticsearch.reader)}` };
      const onward = https.request(
        elasticsearch.url + request.url,
        { method: request.method, headers, ca: elasticsearch.caCertificate },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on("error", () => response.destroy());
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ApiKeyProxy(server, caCertificate);
  }

  get url(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
