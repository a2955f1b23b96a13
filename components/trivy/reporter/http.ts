import * as http from "node:http";
import * as https from "node:https";

/** A server to talk to and how. TLS certificates are always verified. */
export interface Target {
  /** Base address, with an optional path. */
  url: string;
  /** PEM; without it the system's certificate authorities are used. */
  ca?: string;
  cert?: string;
  key?: string;
  headers?: Record<string, string>;
}

export interface Response {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export interface Request {
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** No answer was received: the request may or may not have been carried out. */
export class ConnectionError extends Error {}

/** The server keeps an answer from growing beyond what this program may use of memory. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** HTTP over kept connections to one server. */
export class HttpClient {
  private readonly base: URL;
  private readonly agent: http.Agent;

  constructor(private readonly target: Target) {
    this.base = parseTarget(target.url);
    const { ca, cert, key } = target;
    const options = { keepAlive: true, maxSockets: 16 };
    this.agent =
      this.base.protocol === "https:"
        ? new https.Agent({ ...options, ca, cert, key })
        : new http.Agent(options);
  }

  /** @throws ConnectionError when no complete answer comes. An answer of any status is returned. */
  request(request: Request): Promise<Response> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(new ConnectionError(`${this.base.host}: ${error.message}`));
      const outgoing = this.open(request, (incoming) => {
        readBody(incoming).then((body) => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
        }, fail);
      });
      outgoing.setTimeout(TIMEOUT_MS, () =>
        outgoing.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)),
      );
      outgoing.on("error", fail);
      outgoing.end(request.body);
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private open(request: Request, onResponse: (incoming: http.IncomingMessage) => void): http.ClientRequest {
    const { method, path, headers, body } = request;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = {
      method,
      agent: this.agent,
      protocol: this.base.protocol,
      hostname: this.base.hostname.replace(/^\[|\]$/g, ""),
      port: this.base.port || undefined,
      path: `${this.base.pathname.replace(/\/$/, "")}${path}`,
      headers: { ...this.target.headers, ...headers, ...length },
    };
    const module = this.base.protocol === "https:" ? https : http;
    return module.request(options, onResponse);
  }
}

function parseTarget(text: string): URL {
  const url = new URL(text);
  if (url.protocol === "https:") return url;
  if (url.protocol === "http:" && LOOPBACK.test(url.hostname)) return url;
  throw new Error(
    `${url.protocol}//${url.host}: only https, or http to this machine: credentials are sent there`,
  );
}

function readBody(incoming: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_RESPONSE_BYTES)
        incoming.destroy(new Error(`an answer of more than ${MAX_RESPONSE_BYTES} bytes`));
      else chunks.push(chunk);
    });
    incoming.on("end", () => resolve(Buffer.concat(chunks, bytes).toString("utf8")));
    incoming.on("error", reject);
  });
}
