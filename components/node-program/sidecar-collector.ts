import { HttpClient } from "./http-client";

export interface SidecarOptions {
  /** Of texts in one request: as much is in memory at a time. */
  requestBytes: number;
  /** Until it answers. */
  timeoutMs: number;
  /** Open at once; 16 by default. */
  connections?: number;
}

/** The collector beside a program in its pod: takes OTLP over HTTP in JSON, and answers once the next one has what it took. */
export class SidecarCollector {
  private readonly client: HttpClient;

  constructor(
    url: string,
    private readonly options: SidecarOptions,
  ) {
    this.client = new HttpClient({ url }, options);
  }

  /**
   * @param recordOf The log record of a text
   * @throws Error where it did not take them all: some may be taken
   */
  async take(texts: readonly string[], recordOf: (text: string) => object): Promise<void> {
    for (const part of parts(texts, this.options.requestBytes)) await this.send(part.map(recordOf));
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async send(logRecords: readonly object[]): Promise<void> {
    const { status } = await this.client.request({
      method: "POST",
      path: "/v1/logs",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    });
    if (status !== 200) throw new Error(`the collector of this pod answered ${status}`);
  }
}

/** As many texts at a time as have that many bytes together, and one that has more alone. */
function* parts(texts: readonly string[], most: number): Generator<string[]> {
  let part: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    if (part.length > 0 && bytes + text.length > most) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(text);
    bytes += text.length;
  }
  if (part.length > 0) yield part;
}
