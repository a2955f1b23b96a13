import { parsed } from "../../node-program/http-client";
import { SidecarCollector } from "../../node-program/sidecar-collector";

/** What goes in one request, and is in memory at a time. */
const REQUEST_BYTES = 1024 * 1024;
/** As the node collector has it for lines of files (components/pipeline, MAX_LINE). */
const LINE_BYTES = 256 * 1024;

/** The collector beside the program, which answers once the lines are in its queue on disk. */
export class LineSink {
  private readonly collector: SidecarCollector;

  constructor(url: string) {
    const options = { requestBytes: REQUEST_BYTES, timeoutMs: 30_000, connections: 1 };
    this.collector = new SidecarCollector(url, options);
  }

  /** @throws Error where the collector did not take them: some may be taken, and are the same documents later */
  take(lines: readonly string[]): Promise<void> {
    return this.collector.take(lines.map(cut), recordOf);
  }

  close(): Promise<void> {
    return this.collector.close();
  }
}

function recordOf(stringValue: string): object {
  return { observedTimeUnixNano: `${Date.now()}000000`, body: { stringValue } };
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
