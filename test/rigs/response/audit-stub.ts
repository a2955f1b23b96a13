import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface AuditDocument {
  message: string;
  event: { action: string };
  kubernetes?: { namespace: string; pod?: { name: string; uid: string } };
  response: Record<string, string>;
}

/** Takes documents as Elasticsearch's bulk API does, each id once; what it makes of their fields is another test's. */
export class AuditStub {
  readonly documents = new Map<string, AuditDocument>();
  isAway = false;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<AuditStub> {
    const server = createServer();
    const stub = new AuditStub(server);
    server.on("request", async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (stub.isAway) {
        response.writeHead(503).end();
        return;
      }
      const lines = Buffer.concat(chunks).toString("utf8").trim().split("\n");
      const items = [];
      for (let at = 0; at < lines.length; at += 2) {
        const { create } = JSON.parse(lines[at]!) as { create: { _id: string } };
        const isThere = stub.documents.has(create._id);
        if (!isThere) stub.documents.set(create._id, JSON.parse(lines[at + 1]!));
        items.push({ create: { status: isThere ? 409 : 201 } });
      }
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ items }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What was written of a pod, or of none; in the order in which it came. */
  of(uid?: string): AuditDocument[] {
    return [...this.documents.values()].filter(({ kubernetes }) => kubernetes?.pod?.uid === uid);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
