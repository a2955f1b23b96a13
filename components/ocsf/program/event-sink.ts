import { HttpClient } from "../../node-program/http-client";

/** Of events in one request, which is a third longer: the collector takes 20 MiB (confighttp 1.58, defaultMaxRequestBodySize). */
const REQUEST_BYTES = 4 * 1024 * 1024;
/** The collector answers when the brokers have: they may be away as long as this, then all is tried again from Kafka on. */
const TIMEOUT_MS = 10 * 60_000;

/** The collector beside the program: OTLP over HTTP in JSON, answered once the topic has the events. */
export class EventSink {
  private readonly client: HttpClient;

  constructor(url: string) {
    this.client = new HttpClient({ url }, { timeoutMs: TIMEOUT_MS });
  }

  /** @throws Error where it did not take them all: some may be in the topic, and come again */
  async take(events: readonly string[]): Promise<void> {
    let part: string[] = [];
    let bytes = 0;
    for (const event of events) {
      if (part.length > 0 && bytes + event.length > REQUEST_BYTES) {
        await this.send(part);
        part = [];
        bytes = 0;
      }
      part.push(event);
      bytes += event.length;
    }
    if (part.length > 0) await this.send(part);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async send(events: readonly string[]): Promise<void> {
    // As bytes: of a text the exporter writes the JSON, in quotes (kafkaexporter 0.152, raw_marshaler.go).
    const logRecords = events.map((event) => ({
      body: { bytesValue: Buffer.from(event).toString("base64") },
    }));
    const { status } = await this.client.request({
      method: "POST",
      path: "/v1/logs",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    });
    if (status !== 200) throw new Error(`the collector of this pod answered ${status}`);
  }
}
