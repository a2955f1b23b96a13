import { AwsError, type AwsPlace, AwsService } from "./aws-service";
import { batchesOf } from "./batches";
import { type DocumentRecord, fromRecords } from "./document-record";
import type { Destination, Taken } from "./forward";
import type { Portion } from "./position";

export interface LogGroup {
  group: string;
  stream: string;
  retentionDays: number;
}

// CloudWatch Logs API reference, PutLogEvents: at most 1,048,576 bytes, with 26 more for each event, and 10,000 events.
const REQUEST = { bytes: 1_000_000, items: 10_000 };
const EVENT_BYTES = 26;
/** As the collectors' exporter cuts it: of a longer one the end is lost. */
const MESSAGE_BYTES = 256 * 1024 - EVENT_BYTES;
/** What is older, or newer than an hour from now, is filed under its arrival: CloudWatch refuses what is much older. */
const PAST_MS = 12 * 3_600_000;
const FUTURE_MS = 3_600_000;

interface LogEvent {
  timestamp: number;
  message: string;
}

/** A log stream of CloudWatch Logs, made with its group where they are not there. */
export class CloudwatchLogs implements Destination {
  private readonly service: AwsService;

  constructor(
    place: AwsPlace,
    private readonly target: LogGroup,
  ) {
    this.service = new AwsService(place);
  }

  async take(portion: Portion): Promise<Taken> {
    const taken: Taken = { sent: 0, refused: [] };
    const records = fromRecords(portion, taken, (record) => logEvent(record, Date.now()));
    for await (const events of batchesOf(records, REQUEST, sizeOf)) await this.put(events, taken);
    return taken;
  }

  async close(): Promise<void> {
    await this.service.close();
  }

  private async put(events: readonly LogEvent[], taken: Taken): Promise<void> {
    const answer = await this.putInto(events);
    const { rejectedLogEventsInfo: info } = answer as {
      rejectedLogEventsInfo?: {
        tooNewLogEventStartIndex?: number;
        tooOldLogEventEndIndex?: number;
        expiredLogEventEndIndex?: number;
      };
    };
    const { tooNewLogEventStartIndex: tooNew = events.length } = info ?? {};
    const tooOld = Math.max(info?.tooOldLogEventEndIndex ?? 0, info?.expiredLogEventEndIndex ?? 0);
    const rejected = Math.min(events.length, tooOld + events.length - tooNew);
    taken.sent += events.length - rejected;
    for (let i = 0; i < rejected; i += 1) taken.refused.push("CloudWatch refused its time");
  }

  private async putInto(events: readonly LogEvent[]): Promise<Record<string, unknown>> {
    const { group: logGroupName, stream: logStreamName } = this.target;
    const logEvents = [...events].sort((a, b) => a.timestamp - b.timestamp);
    const put = () => this.call("PutLogEvents", { logGroupName, logStreamName, logEvents });
    try {
      return await put();
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
      await this.make();
      return put();
    }
  }

  private async make(): Promise<void> {
    const { group: logGroupName, stream: logStreamName, retentionDays: retentionInDays } = this.target;
    const isNew = await this.create("CreateLogGroup", { logGroupName });
    if (isNew) await this.call("PutRetentionPolicy", { logGroupName, retentionInDays });
    await this.create("CreateLogStream", { logGroupName, logStreamName });
  }

  /** @returns false where it was there */
  private async create(action: string, input: object): Promise<boolean> {
    try {
      await this.call(action, input);
      return true;
    } catch (error) {
      if (error instanceof AwsError && error.code === "ResourceAlreadyExistsException") return false;
      throw error;
    }
  }

  private call(action: string, input: object): Promise<Record<string, unknown>> {
    return this.service.call("logs", `Logs_20140328.${action}`, input);
  }
}

/** As the collectors' exporter writes a record (awscloudwatchlogsexporter 0.152, cwLogBody). */
function logEvent({ id, severity, time, host, tool, document }: DocumentRecord, now: number): LogEvent {
  const message = JSON.stringify({
    body: document,
    severity_number: severity?.number,
    severity_text: severity?.text,
    attributes: { "event.id": id },
    resource: { "host.name": host, "security.tool": tool },
  });
  const isNear = time !== undefined && time > now - PAST_MS && time < now + FUTURE_MS;
  return { timestamp: isNear ? time : now, message: cut(message) };
}

function sizeOf({ message }: LogEvent): number {
  return Buffer.byteLength(message) + EVENT_BYTES;
}

function cut(message: string): string {
  if (message.length * 3 <= MESSAGE_BYTES || Buffer.byteLength(message) <= MESSAGE_BYTES) return message;
  // A character that is cut through becomes a longer replacement.
  return Buffer.from(message)
    .subarray(0, MESSAGE_BYTES - 3)
    .toString("utf8");
}
