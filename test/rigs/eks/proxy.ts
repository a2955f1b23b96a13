import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** The only way out that the programs of a test are told of: it lets nothing through, and notes what wanted to. */
export class ClosedProxy {
  /** "host:port", or the URL of a plain request. */
  readonly refused: string[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      this.refused.push(request.url ?? "");
      response.writeHead(403).end("nothing of a test leaves this machine");
    });
    this.server.on("connect", (request, socket) => {
      this.refused.push(request.url ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
