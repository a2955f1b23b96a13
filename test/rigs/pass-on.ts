import type { IncomingMessage } from "node:http";
import type { HttpClient, StreamedAnswer } from "../../components/node-program/http-client";

/** Of one connection, and not of the request that comes through it (RFC 9110, section 7.6.1). */
const OF_THE_CONNECTION = ["connection", "keep-alive", "transfer-encoding", "upgrade", "expect", "host"];

/** Sends a request that came to a server of the tests on to a real one; undefined where that does not answer. */
export async function passOn(
  client: HttpClient,
  request: IncomingMessage,
  instead: { path?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<StreamedAnswer | undefined> {
  const passed = Object.entries(request.headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
  const hasBody = "content-length" in request.headers || "transfer-encoding" in request.headers;
  try {
    return await client.stream({
      method: request.method as "GET",
      path: instead.path ?? request.url ?? "/",
      headers: { ...Object.fromEntries(passed), ...instead.headers },
      body: hasBody ? request : undefined,
    });
  } catch {
    return undefined;
  }
}
