import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { EventFile } from "./event-file";
import { eventLines, NoEventList } from "./event-list";
import type { ReceiverSettings } from "./receiver-settings";
import { EVENTS_PATH } from "./webhook-names";

/** An API server that cuts its batches (`--audit-webhook-truncate-enabled`) sends 10 MiB at most. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Bodies in memory at the same time; others wait on their connections. */
const AT_ONCE = 2;
const BODY_MS = 25_000;

/** What went through since the start. */
export interface Counters {
  events: number;
  refused: number;
  failed: number;
}

/**
 * Takes audit events from API servers, which have to show a certificate of its authority, and answers 200 once they are on
 * disk. Any other answer makes an API server send them again (apiserver, plugin/pkg/audit/webhook: retryOnError).
 */
export class Receiver {
  readonly counters: Counters = { events: 0, refused: 0, failed: 0 };
  private readonly file: EventFile;
  private readonly server: Server;
  private readonly slots = new Slots(AT_ONCE);
  /** Of the last write; true before the first. */
  private writes = true;

  constructor(
    { tls, file }: Pick<ReceiverSettings, "tls" | "file">,
    private readonly say: (line: string) => void,
  ) {
    this.file = new EventFile({ ...file, say });
    this.server = createServer(
      {
        ...tls,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: "TLSv1.2",
        requestTimeout: BODY_MS,
      },
      (request, response) => {
        void this.answer(request, response);
      },
    );
  }

  /** @returns the port */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, () => {
        const address = this.server.address();
        resolve(typeof address === "object" && address ? address.port : port);
      });
    });
  }

  /** Whether what is sent can be written. */
  isReady(): boolean {
    return this.writes;
  }

  /** Takes no more, and waits for what is being written. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeIdleConnections();
    await closed;
    await this.file.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = await this.take(request).catch((error: Error) => this.excuse(error));
    // What was not read of a body that is refused is not read either.
    if (status === 413) response.setHeader("connection", "close");
    response.writeHead(status).end();
  }

  private async take(request: IncomingMessage): Promise<number> {
    if (request.method !== "POST") return 405;
    if (request.url?.split("?")[0] !== EVENTS_PATH) return 404;
    if (Number(request.headers["content-length"]) > MAX_BODY_BYTES) throw new TooLong();
    const lines = await this.slots.with(async () => eventLines(await bodyOf(request)));
    await this.file.append(lines).catch((error: NodeJS.ErrnoException) => {
      throw new NotWritten(error.code ?? error.message);
    });
    this.writes = true;
    this.counters.events += lines.length;
    return 200;
  }

  private excuse(error: Error): number {
    if (error instanceof NotWritten) {
      this.writes = false;
      this.counters.failed += 1;
      this.say(`events were not written (${error.message}); the API server sends them again`);
      return 503;
    }
    this.counters.refused += 1;
    // Of others only their kind: an error may quote what it is about.
    const isOurs = error instanceof NoEventList || error instanceof TooLong;
    this.say(`a request was refused: ${isOurs ? error.message : error.name}`);
    return error instanceof TooLong ? 413 : 400;
  }
}

class NotWritten extends Error {}

class TooLong extends Error {
  constructor() {
    super(
      `its body is longer than ${MAX_BODY_BYTES} bytes; start kube-apiserver with --audit-webhook-truncate-enabled`,
    );
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw new TooLong();
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** So many at the same time; others wait in the order in which they came. */
class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async with<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
