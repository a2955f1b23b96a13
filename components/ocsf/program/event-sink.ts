import { SidecarCollector } from "../../node-program/sidecar-collector";

/** Of events in one request, which is a third longer: the collector takes 20 MiB (confighttp 1.58, defaultMaxRequestBodySize). */
const REQUEST_BYTES = 4 * 1024 * 1024;
/** The collector answers when the brokers have: they may be away as long as this, then all is tried again from Kafka on. */
const TIMEOUT_MS = 10 * 60_000;

/** The collector beside the program, which answers once the topic has the events. */
export class EventSink {
  private readonly collector: SidecarCollector;

  constructor(url: string) {
    this.collector = new SidecarCollector(url, { requestBytes: REQUEST_BYTES, timeoutMs: TIMEOUT_MS });
  }

  /** @throws Error where it did not take them all: some may be in the topic, and come again */
  take(events: readonly string[]): Promise<void> {
    return this.collector.take(events, recordOf);
  }

  close(): Promise<void> {
    return this.collector.close();
  }
}

/** As bytes: of a text the exporter writes the JSON, in quotes (kafkaexporter 0.152, raw_marshaler.go). */
function recordOf(event: string): object {
  return { body: { bytesValue: Buffer.from(event).toString("base64") } };
}
