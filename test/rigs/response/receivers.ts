import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a receiver does with a request instead of taking it. */
export type Failure = { status: number; headers?: Record<string, string> } | "hang" | "cut";

export interface Message {
  /** The receiver's name: the first part of the path. */
  receiver: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** Their answers as they are documented: Slack's incoming webhooks, Amazon SNS (Publish), PagerDuty's events, Opsgenie, Teams. */
const ANSWERS: Readonly<Record<string, { status: number; body: string }>> = {
  chat: { status: 200, body: "ok" },
  topic: {
    status: 200,
    body: `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>94f20ce6-13c5-43a0-9a9e-ca52d816e90b</MessageId></PublishResult><ResponseMetadata><RequestId>f187a3c1-376f-11df-8963-01868b7c937a</RequestId></ResponseMetadata></PublishResponse>`,
  },
  hook: { status: 200, body: "" },
  pager: { status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"k"}' },
  genie: { status: 202, body: '{"result":"Request will be processed","requestId":"r"}' },
  teams: { status: 202, body: "" },
};

/** Receivers on this machine that speak their services' protocols, keep what they took, and fail when they are told to. */
export class Receivers {
  readonly taken: Message[] = [];
  /** Requests that were failed, by receiver. */
  readonly failed = new Map<string, number>();
  /** By receiver; asked for each request. */
  readonly failures = new Map<string, () => Failure | undefined>();

  private port = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receivers> {
    const server = createServer();
    const receivers = new Receivers(server);
    // A client that goes away while it sends has nothing taken from it.
    server.on("request", (request, response) => {
      receivers.answer(request, response).catch(() => response.destroy());
    });
    await receivers.listen();
    receivers.port = (server.address() as AddressInfo).port;
    return receivers;
  }

  url(receiver: string): string {
    return `http://127.0.0.1:${this.port}/${receiver}`;
  }

  /** Has all of them listen, at the port that they had before. */
  async listen(): Promise<void> {
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
  }

  of(receiver: string): Message[] {
    return this.taken.filter((message) => message.receiver === receiver);
  }

  /** As when their processes are killed: connections are cut, further ones refused. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receiver = (request.url ?? "").split("/")[1] ?? "";
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const failure = this.failures.get(receiver)?.();
    if (failure) {
      this.failed.set(receiver, (this.failed.get(receiver) ?? 0) + 1);
      if (failure === "cut") request.socket.destroy();
      else if (failure !== "hang") response.writeHead(failure.status, failure.headers).end("try later");
      return;
    }
    this.taken.push({ receiver, headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
    const { status, body } = ANSWERS[receiver] ?? { status: 404, body: "" };
    response
      .writeHead(status, { "content-type": body.startsWith("<") ? "text/xml" : "text/plain" })
      .end(body);
  }
}
