import * as https from "node:https";

/** How Elasticsearch is asked: all of it known by now. */
export interface Server {
  endpoints: readonly string[];
  username: string;
  password: string;
  /** In PEM; without it the CAs of Node are trusted. */
  ca: string | undefined;
}

export interface Answer {
  status: number;
  body: unknown;
}

const REQUEST_MS = 10_000;

/** Asks the first endpoint that answers. @throws the last one's error where none does */
export async function ask(server: Server, method: string, path: string, content?: unknown): Promise<Answer> {
  let last: unknown;
  for (const endpoint of server.endpoints)
    try {
      return await request(server, method, endpoint.replace(/\/$/, "") + path, content);
    } catch (error) {
      last = error;
    }
  throw last;
}

function request(
  { username, password, ca }: Server,
  method: string,
  url: string,
  content: unknown,
): Promise<Answer> {
  const body = content === undefined ? "" : JSON.stringify(content);
  // Kibana changes nothing without the last one; Elasticsearch does not look at it.
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "kbn-xsrf": "security-stack",
  };
  const options = { method, auth: `${username}:${password}`, headers, ...(ca ? { ca } : {}) };
  return new Promise((resolve, reject) => {
    const call = https.request(url, { ...options, signal: AbortSignal.timeout(REQUEST_MS) }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString("utf8")) }),
      );
    });
    call.on("error", reject);
    call.end(body);
  });
}

/** Whatever stands in front of Elasticsearch may answer in HTML. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
