import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { TLSSocket } from "node:tls";
import { requestBody } from "../../node-program/request-body";
import { type Finding, findingsOf, MalformedMessage } from "./alert-findings";
import type { WebhookSettings } from "./responder-settings";

/** What is done with what is posted. */
export interface Desk {
  /** @throws where it can't be dealt with now: it is to be posted again */
  take(findings: readonly Finding[]): Promise<object>;
  tellOfStranger(reason: string, address: string): void;
}

/** Of 5,000 alerts with twenty pods each, the most that there are, it is about as much. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Where Alertmanager posts alerts: over TLS, with a certificate of our authority and the token. Whoever lacks one of both is
 * answered, and noted.
 */
export function serveWebhook(settings: WebhookSettings, desk: Desk): Server {
  const { cert, key, ca, token, port } = settings;
  const server = createServer(
    // A handshake that fails would leave no trace of who tried.
    { cert, key, ca, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.3" },
    (request, response) => void handle(request, response, token, desk),
  );
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  return server.listen(port);
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  desk: Desk,
): Promise<void> {
  const problem = strangeness(request, token);
  if (problem) {
    desk.tellOfStranger(problem, request.socket.remoteAddress ?? "");
    request.resume();
    response.writeHead(401).end();
    return;
  }
  if (request.method !== "POST" || request.url !== "/alerts") {
    request.resume();
    response.writeHead(404).end();
    return;
  }
  try {
    const { findings } = findingsOf(await requestBody(request, MOST_BYTES, tooLong));
    const summary = await desk.take(findings);
    response.writeHead(200).end(JSON.stringify(summary));
  } catch (error) {
    // 4xx is not sent again (alertmanager, notify/util.go: Retrier).
    const status = error instanceof MalformedMessage ? 400 : 503;
    if (!response.destroyed) response.writeHead(status).end((error as Error).message.slice(0, 200));
  }
}

const tooLong = () => new MalformedMessage(`more than ${MOST_BYTES} bytes`);

function strangeness({ socket, headers }: IncomingMessage, token: string): string | undefined {
  const { authorized, getPeerCertificate } = socket as TLSSocket;
  // Of a session that is resumed without a certificate Node says that it is authorized too (ncrypto, verifyPeerCertificate).
  const hasCertificate = Object.keys(getPeerCertificate.call(socket) ?? {}).length > 0;
  if (!authorized || !hasCertificate) return "without Alertmanager's certificate";
  const given = Buffer.from(headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  const isRight = given.length === wanted.length && timingSafeEqual(given, wanted);
  return isRight ? undefined : "without the webhook's token";
}
