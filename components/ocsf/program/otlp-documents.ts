import { createServer, type Server } from "node:http";
import { isObject } from "../../documents/ocsf/document-reader";
import { parsed } from "../../node-program/http-client";
import { requestBody } from "../../node-program/request-body";

/** A request of the collector has a few MiB of documents. */
const MOST_BYTES = 64 * 1024 * 1024;

const tooLong = () => new Error("a request that is too long");

/** What is sent again: the sender knows these answers as such (otlphttpexporter 0.152, isRetryableStatusCode). */
const AGAIN = 503;

/**
 * Takes documents from the collector of its pod: OTLP over HTTP in JSON, each the text of a record's body. It answers 200 once
 * `take` has done its part, 503 where that failed, so that they come again, and 400 to what is no such request.
 */
export function serveDocuments(
  { host, port }: { host: string; port: number },
  take: (texts: readonly string[]) => Promise<void>,
): Server {
  return createServer(async (request, response) => {
    let texts: string[];
    try {
      texts = textsOf(await requestBody(request, MOST_BYTES, tooLong));
    } catch (error) {
      response.writeHead(400, { "content-type": "text/plain" }).end((error as Error).message);
      return;
    }
    try {
      await take(texts);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    } catch (error) {
      response.writeHead(AGAIN, { "content-type": "text/plain" }).end((error as Error).message);
    }
  }).listen(port, host);
}

/** @throws Error where it is no OTLP request with logs */
function textsOf(body: string): string[] {
  const request = parsed(body);
  if (!isObject(request)) throw new Error("no OTLP request in JSON");
  return listIn(request, "resourceLogs")
    .flatMap((resource) => listIn(resource, "scopeLogs"))
    .flatMap((scope) => listIn(scope, "logRecords"))
    .map(textOf);
}

function listIn(value: unknown, name: string): unknown[] {
  const list = isObject(value) ? value[name] : undefined;
  return Array.isArray(list) ? list : [];
}

/** What is no text becomes no event, and is counted there. */
function textOf(record: unknown): string {
  const body = isObject(record) ? record["body"] : undefined;
  const text = isObject(body) ? body["stringValue"] : undefined;
  return typeof text === "string" ? text : "";
}
