import { HttpClient, parsed } from "../../node-program/http-client";

/** What goes in one request, and is in memory at a time. */
const REQUEST_BYTES = 1024 * 1024;
/** As the node collector has it for lines of files (components/pipeline, MAX_LINE). */
const LINE_BYTES = 256 * 1024;

/** The collector beside the program: OTLP over HTTP in JSON, answered once the lines are in its queue on disk. */
export class LineSink {
  private readonly client: HttpClient;

  constructor(url: string) {
    this.client = new HttpClient({ url }, { timeoutMs: 30_000, connections: 1 });
  }

  /** @throws Error where the collector did not take them: some may be taken, and are the same documents later */
  async take(lines: readonly string[]): Promise<void> {
    for (const part of parts(lines.map(cut))) await this.send(part);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async send(lines: readonly string[]): Promise<void> {
    const observedTimeUnixNano = `${Date.now()}000000`;
    const logRecords = lines.map((stringValue) => ({ observedTimeUnixNano, body: { stringValue } }));
    const { status } = await this.client.request({
      method: "POST",
      path: "/v1/logs",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    });
    if (status !== 200) throw new Error(`the collector of this pod answered ${status}`);
  }
}

function parts(lines: readonly string[]): string[][] {
  const all: string[][] = [];
  let bytes = REQUEST_BYTES;
  for (const line of lines) {
    bytes += line.length;
    if (bytes > REQUEST_BYTES) {
      all.push([]);
      bytes = line.length;
    }
    all.at(-1)!.push(line);
  }
  return all;
}

/** A longer event loses its bodies and is marked; a line that is none is cut, and has no end then. */
function cut(line: string): string {
  if (line.length * 3 <= LINE_BYTES || Buffer.byteLength(line) <= LINE_BYTES) return line;
  const event = parsed(line);
  if (typeof event === "object" && event !== null && !Array.isArray(event)) {
    const { requestObject: _, responseObject: __, ...rest } = event as Readonly<Record<string, unknown>>;
    const short = JSON.stringify({ ...rest, truncated: true });
    if (Buffer.byteLength(short) <= LINE_BYTES) return short;
  }
  return Buffer.from(line).subarray(0, LINE_BYTES).toString("utf8");
}
