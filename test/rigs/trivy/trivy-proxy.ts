import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { HttpClient, type Target } from "../../../components/node-program/http-client";
import { passOn } from "../pass-on";

/** What to do with a request in place of passing it on as it is. */
export type Fault =
  /** Ends the connection without an answer. */
  | { kind: "hang-up" }
  | { kind: "answer"; status: number; headers?: Record<string, string>; body?: string }
  /** Passes it on, and ends the connection in place of the answer. */
  | { kind: "lose-answer" }
  /** Passes it on to another path. */
  | { kind: "path"; path: string };

/** Called with every request, in order; undefined passes it on. */
export type Decide = (request: {
  method: string;
  path: string;
}) => Fault | undefined | Promise<Fault | undefined>;

/** A server between the reporter and a real one: passes requests on, or fails them as a test wants it. */
export class FaultyProxy {
  /** Requests that came in, as `METHOD path`. */
  readonly seen: string[] = [];
  /** Credentials of the last request. */
  authorization: string | undefined;
  /** Answers that were lost. */
  lost = 0;
  decide: Decide = () => undefined;
  private readonly server: http.Server;
  private readonly client: HttpClient;

  constructor(private readonly target: Target) {
    this.client = new HttpClient(target);
    this.server = http.createServer((request, response) => void this.handle(request, response));
  }

  /** Starts to listen; the result is the way through the proxy, which shows the target's credentials to the target. */
  async start(): Promise<Target> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, headers: this.target.headers };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.client.close();
  }

  private async handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = "GET", url = "/", socket } = request;
    this.seen.push(`${method} ${url}`);
    this.authorization = request.headers.authorization;
    const fault = await this.decide({ method, path: url });
    if (fault?.kind === "hang-up") {
      socket.destroy();
      return;
    }
    if (fault?.kind === "answer") {
      request.resume();
      response.writeHead(fault.status, fault.headers).end(fault.body ?? "{}");
      return;
    }
    const path = fault?.kind === "path" ? fault.path : url;
    const answer = await passOn(this.client, request, { path, headers: this.target.headers });
    if (fault?.kind === "lose-answer") {
      this.lost += 1;
      answer?.body.resume().on("end", () => socket.destroy());
    } else if (answer) {
      response.writeHead(answer.status, answer.headers);
      answer.body.pipe(response);
    } else response.destroy();
  }
}
