import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { issueCertificates } from "../../components/pipeline/certificates";
import type { RigStore } from "../../test/rigs/pipeline/rig-secrets";

/** Speaks Elasticsearch's bulk protocol, says that it has stored every document, and forgets them. */
export class AcknowledgingStore implements RigStore {
  readonly gatewayKey = "any";

  private constructor(
    private readonly server: Server,
    readonly caCertificate: string,
    readonly url: string,
  ) {}

  static async start(): Promise<AcknowledgingStore> {
    const certificates = await issueCertificates({ serverNames: ["localhost"], validityDays: 2 });
    const tls = { key: certificates.serverKey, cert: certificates.serverCertificate };
    const server = createServer(tls, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks);
        const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
        response.writeHead(200, { "content-type": "application/json", "x-elastic-product": "Elasticsearch" });
        response.end(answer(actions(text)));
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, "localhost", resolve));
    const { port } = server.address() as AddressInfo;
    return new AcknowledgingStore(server, certificates.caCertificate, `https://localhost:${port}`);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** An action is a line, and its document another. */
function actions(bulk: Buffer): number {
  let lines = 0;
  for (let at = bulk.indexOf(10); at !== -1; at = bulk.indexOf(10, at + 1)) lines += 1;
  return lines / 2;
}

function answer(count: number): string {
  const item = '{"create":{"_index":"security-events","status":201}}';
  return `{"took":1,"errors":false,"items":[${Array.from({ length: count }, () => item).join(",")}]}`;
}
