import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { HttpClient, type Target } from "../../../components/node-program/http-client";
import { passOn } from "../pass-on";

/** A request that changes something. */
export interface Change {
  method: string;
  path: string;
}

/** A server before the API server that a test stands at: it sees each change before and after it is made. */
export class Gate {
  readonly changes: Change[] = [];
  /** It answers nothing. */
  isAway = false;
  before: (change: Change) => void | Promise<void> = () => {};
  after: (change: Change) => void | Promise<void> = () => {};
  private readonly client: HttpClient;

  private constructor(
    private readonly server: Server,
    target: Target,
  ) {
    this.client = new HttpClient(target);
  }

  /** @param target The API server; callers show their own credentials. */
  static async start(certificates: { cert: string; key: string }, target: Target): Promise<Gate> {
    const server = createServer(certificates);
    const gate = new Gate(server, target);
    server.on("request", async (request, response) => {
      if (gate.isAway) {
        request.socket.destroy();
        return;
      }
      const change = { method: request.method ?? "GET", path: request.url ?? "/" };
      const changes = change.method !== "GET" && !change.path.includes("dryRun=All");
      if (changes) {
        gate.changes.push(change);
        await gate.before(change);
      }
      const answer = await passOn(gate.client, request);
      if (changes) await gate.after(change);
      if (!answer) {
        response.destroy();
        return;
      }
      response.writeHead(answer.status, answer.headers);
      answer.body.pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return gate;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.client.close();
  }
}
