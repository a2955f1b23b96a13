import { type AwsCredentials, signedHeaders } from "../../node-program/aws-signature";
import { HttpClient, parsed } from "../../node-program/http-client";

/** An event of CloudWatch Logs. */
export interface LogEvent {
  eventId: string;
  /** Milliseconds since 1970, as the API server's node had it. */
  timestamp: number;
  message: string;
  logStreamName?: string;
}

export interface LogGroupSettings {
  /** https://logs.<region>.amazonaws.com */
  url: string;
  region: string;
  name: string;
  /** Begin of the names of the streams that are read. */
  streamPrefix: string;
  credentials(): Promise<AwsCredentials>;
}

/** AWS asks its callers to come back later (CloudWatch Logs API reference, common errors). */
export class Throttled extends Error {}

/** A log group of CloudWatch Logs, which is only read. */
export class LogGroup {
  private readonly client: HttpClient;
  /** Calls since the start, for those who watch the quota. */
  calls = 0;

  constructor(private readonly settings: LogGroupSettings) {
    this.client = new HttpClient({ url: settings.url }, { timeoutMs: 30_000, connections: 2 });
  }

  /**
   * What the group has of a time, a page after the other, each up to 1 MB; a page may be empty before the last.
   * @throws Throttled, and Error that says what CloudWatch answered
   */
  async *events(from: number, to: number): AsyncGenerator<LogEvent[]> {
    const { streamPrefix } = this.settings;
    let nextToken: string | undefined;
    do {
      const answer = await this.filter({ startTime: from, endTime: to, ...(nextToken ? { nextToken } : {}) });
      const events = (answer["events"] ?? []) as LogEvent[];
      yield events.filter(({ logStreamName = streamPrefix }) => logStreamName.startsWith(streamPrefix));
      nextToken = answer["nextToken"] as string | undefined;
    } while (nextToken);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async filter(when: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { url, region, name, streamPrefix, credentials } = this.settings;
    const body = JSON.stringify({ logGroupName: name, logStreamNamePrefix: streamPrefix, ...when });
    const headers = signedHeaders(
      {
        ...{ service: "logs", region, host: new URL(url).host, target: "Logs_20140328.FilterLogEvents" },
        ...{ body, time: new Date() },
      },
      await credentials(),
    );
    this.calls += 1;
    const answer = await this.client.request({ method: "POST", path: "/", headers, body });
    const content = (parsed(answer.body) ?? {}) as Record<string, unknown>;
    if (answer.status === 200) return content;
    const { __type: type, message } = content as { __type?: string; message?: string };
    const text = `FilterLogEvents of ${name} answered ${answer.status} ${type ?? ""}: ${message ?? ""}`;
    throw /Throttl|LimitExceeded|ServiceUnavailable/.test(type ?? "") ? new Throttled(text) : new Error(text);
  }
}
