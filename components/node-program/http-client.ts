import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { type Dispatcher, Pool } from "./undici-core";

/** A server and how to talk to it. TLS certificates are verified. */
export interface Target {
  /** Base address: https, or http to this machine, with an optional path and without user and password. */
  url: string;
  /** PEM of the certificate authority; the system's ones without it. */
  ca?: string | Buffer;
  /** PEM of a client certificate, and its key. */
  cert?: string | Buffer;
  key?: string | Buffer;
  /** Sent with every request: see {@link basic}, {@link apiKey} and {@link bearer}. */
  headers?: Readonly<Record<string, string>>;
  /** The same of what may change, asked for at each request. */
  currentHeaders?: () => Readonly<Record<string, string>>;
  /** How connections are opened, where not directly. */
  connect?: Connect;
}

/** Makes what opens connections to an origin, with the given limits. */
export type Connect = (origin: string, options: Pool.Options) => Dispatcher;

export interface ClientOptions {
  /** From a request to the end of its answer, of a streamed one to its beginning; 60,000 by default. */
  timeoutMs?: number;
  /** Between two pieces of a streamed answer; as `timeoutMs` by default. */
  stallMs?: number;
  /** Of an answer's body; 64 MiB by default. A longer one is an error, whatever the memory would hold. */
  maxAnswerBytes?: number;
  /** Open at once; 16 by default. */
  connections?: number;
}

export interface Request {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
  /** Begins with a slash; what is in it is encoded. */
  path: string;
  headers?: IncomingHttpHeaders | Readonly<Record<string, string>>;
  body?: string | Buffer | Readable;
  /** Ends the request; it then rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface StreamedAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** To be read to its end or destroyed; else the connection stays in use. */
  body: Readable;
}

/** No complete answer was received: the request may or may not have been carried out. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";

  constructor(
    /** Of the server, with its port where it is not the usual one. */
    readonly host: string,
    /** As Node has it: ECONNREFUSED, ETIMEDOUT, ECONNRESET, UNABLE_TO_VERIFY_LEAF_SIGNATURE and the like. */
    readonly code: string,
    readonly reason: string,
  ) {
    super(`${host}: ${reason}`);
  }
}

/** Of {@link Target.currentHeaders}. */
type Headers = Readonly<Record<string, string>> | undefined;

const TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const CONNECTIONS = 16;
// With the agent of EKS Pod Identity, which is on the pod's own node and speaks no TLS (EKS user guide, Pod Identity agent).
const THIS_MACHINE = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|169\.254\.170\.23)$/;

/**
 * Requests to one server over kept connections: the only HTTP client of this repository. It follows no redirect, sends no
 * request twice but for one whose credentials were replaced on its way, and names the server and the reason in its errors, never
 * a header or a body.
 */
export class HttpClient {
  private readonly base: URL;
  private readonly dispatcher: Dispatcher;
  private readonly timeoutMs: number;
  private readonly stallMs: number;
  private readonly maxAnswerBytes: number;

  /** @throws Error where the address is not one to send credentials to */
  constructor(
    private readonly target: Target,
    options: ClientOptions = {},
  ) {
    this.base = parseAddress(target.url);
    this.timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.stallMs = options.stallMs ?? this.timeoutMs;
    this.maxAnswerBytes = options.maxAnswerBytes ?? MAX_ANSWER_BYTES;
    const { ca, cert, key, connect = directly } = target;
    this.dispatcher = connect(this.base.origin, {
      connections: options.connections ?? CONNECTIONS,
      connect: { ca, cert, key, timeout: this.timeoutMs },
    });
  }

  /**
   * The answer, whatever its status.
   * @throws ConnectionError where no complete answer comes in time, or one that is too long
   */
  async request(request: Request): Promise<Answer> {
    const timeout = AbortSignal.timeout(this.timeoutMs);
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
    try {
      const current = this.target.currentHeaders?.();
      const answer = await this.answerTo(request, current, signal);
      if (answer.status !== 401 || !this.haveChanged(current) || request.body instanceof Readable)
        return answer;
      return await this.answerTo(request, this.target.currentHeaders?.(), signal);
    } catch (error) {
      request.signal?.throwIfAborted();
      throw this.described(error);
    }
  }

  private async answerTo(request: Request, current: Headers, signal: AbortSignal): Promise<Answer> {
    const { statusCode, headers, body } = await this.send(request, current, { signal });
    return { status: statusCode, headers, body: await this.read(body) };
  }

  private haveChanged(before: Headers): boolean {
    return JSON.stringify(this.target.currentHeaders?.()) !== JSON.stringify(before);
  }

  /**
   * The answer as it comes, however long it is.
   * @throws ConnectionError where none begins in time; the body's stream fails with errors of its own
   */
  async stream(request: Request): Promise<StreamedAnswer> {
    const { signal } = request;
    try {
      const limits = { signal, headersTimeout: this.timeoutMs, bodyTimeout: this.stallMs };
      const { statusCode, headers, body } = await this.send(request, this.target.currentHeaders?.(), limits);
      return { status: statusCode, headers, body };
    } catch (error) {
      signal?.throwIfAborted();
      throw this.described(error);
    }
  }

  /** Ends all connections, and the requests that are under way. */
  async close(): Promise<void> {
    await this.dispatcher.destroy();
  }

  private send(
    { method, path, headers, body }: Request,
    current: Headers,
    limits: Pick<Dispatcher.RequestOptions, "signal" | "headersTimeout" | "bodyTimeout">,
  ): Promise<Dispatcher.ResponseData> {
    return this.dispatcher.request({
      origin: this.base.origin,
      path: this.base.pathname.replace(/\/$/, "") + path,
      method,
      headers: { ...this.target.headers, ...current, ...headers },
      body,
      ...limits,
    });
  }

  private async read(body: Readable): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > this.maxAnswerBytes)
        throw new ConnectionError(
          this.base.host,
          "EMSGSIZE",
          `an answer of more than ${this.maxAnswerBytes} bytes`,
        );
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, bytes).toString("utf8");
  }

  private described(error: unknown): Error {
    if (error instanceof ConnectionError) return error;
    const { name, code, message } = error as NodeJS.ErrnoException;
    // What the caller gave is wrong; undici names the header or the option, not what is in it (lib/core/request.js).
    if (code === "UND_ERR_INVALID_ARG") return new Error(`${this.base.host}: ${message}`);
    if (name === "TimeoutError" || (code && TIMEOUTS.has(code)))
      return new ConnectionError(this.base.host, "ETIMEDOUT", `no answer in ${this.timeoutMs / 1000} s`);
    if (code === "UND_ERR_SOCKET")
      return new ConnectionError(this.base.host, "ECONNRESET", "the connection was closed before the answer");
    // Of several addresses that were tried, the error has a code and no text.
    return new ConnectionError(this.base.host, code ?? name, message || (code ?? name));
  }
}

/** undici's own codes (lib/core/errors.js). */
const TIMEOUTS = new Set(["UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

function directly(origin: string, options: Pool.Options): Dispatcher {
  return new Pool(origin, options);
}

function parseAddress(text: string): URL {
  if (!URL.canParse(text)) throw new Error("an address of a server is not a URL");
  const url = new URL(text);
  if (url.username || url.password)
    throw new Error(`${url.host}: an address without user and password, which are sent otherwise`);
  if (url.protocol === "https:" || (url.protocol === "http:" && THIS_MACHINE.test(url.hostname))) return url;
  throw new Error(
    `${url.protocol}//${url.host}: only https, or http to this machine: credentials are sent there`,
  );
}

/** What an Authorization header says. */
export type Authorization = `Basic ${string}` | `ApiKey ${string}` | `Bearer ${string}`;

export function basic(user: string, password: string): Authorization {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** @param encoded As Elasticsearch returns it when it makes a key. */
export function apiKey(encoded: string): Authorization {
  return `ApiKey ${encoded}`;
}

export function bearer(token: string): Authorization {
  return `Bearer ${token}`;
}

/** The JSON of an answer; undefined where it is not JSON: a proxy in front of a server may answer in HTML. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
