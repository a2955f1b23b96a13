import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

/** A destination of somebody else's that answers as it is told. */
export class Answering {
  readonly requests: { headers: IncomingMessage["headers"]; url: string; body: string }[] = [];
  answer: (body: string, target: string) => { status: number; body?: string } = () => ({ status: 200 });

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<Answering> {
    const server = createServer((request, response) => {
      void buffer(request).then((bytes) => {
        const isPacked = request.headers["content-encoding"] === "gzip";
        const body = (isPacked ? gunzipSync(bytes) : bytes).toString();
        started.requests.push({ headers: request.headers, url: request.url ?? "", body });
        const answer = started.answer(
          body,
          String(request.headers["x-amz-target"] ?? "").split(".")[1] ?? "",
        );
        response.writeHead(answer.status).end(answer.body ?? "{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const started = new Answering(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return started;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
