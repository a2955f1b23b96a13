import * as fs from "node:fs";
import { gzipSync } from "node:zlib";
import { HttpClient, parsed } from "../node-program/http-client";
import { batchesOf } from "./batches";
import { type DocumentRecord, fromRecords } from "./document-record";
import type { Destination, Taken } from "./forward";
import type { Portion } from "./position";

export interface OtlpReceiver {
  /** https; `/v1/logs` is added to it. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Credential, read anew for each request. */
  auth?: { header: string; scheme: string; file: string } | undefined;
  /** PEM of the receiver's authority; without it public ones. */
  ca?: string | undefined;
}

const TIMEOUT_MS = 30_000;
/** Of a request, before it is compressed. */
const REQUEST = { bytes: 1024 * 1024, items: 1000 };
/** About these records, and not about who sends them or when: the others are tried again (OTLP specification, "Failures"). */
const NEVER = [400, 413, 422];

interface Sized {
  record: DocumentRecord;
  json: string;
}

/** A receiver of OTLP over HTTP, in JSON. */
export class OtlpLogs implements Destination {
  private readonly client: HttpClient;

  constructor(private readonly receiver: OtlpReceiver) {
    const { url, ca } = receiver;
    this.client = new HttpClient({ url, ...(ca === undefined ? {} : { ca }) }, { timeoutMs: TIMEOUT_MS });
  }

  /** @throws Error where the receiver is away or takes nothing from this sender */
  async take(portion: Portion): Promise<Taken> {
    const taken: Taken = { sent: 0, refused: [] };
    const records = fromRecords(portion, taken, sized);
    for await (const batch of batchesOf(records, REQUEST, ({ json }) => json.length))
      await this.send(batch, taken);
    return taken;
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  /** Of a request that can't be taken each half is tried, until it is known which record is at fault. */
  private async send(batch: readonly Sized[], taken: Taken): Promise<void> {
    const { status, body } = await this.client.request({
      method: "POST",
      path: "/v1/logs",
      headers: { ...this.headers(), "content-type": "application/json", "content-encoding": "gzip" },
      body: gzipSync(requestOf(batch)),
    });
    if (status >= 200 && status < 300) return settle(batch, body, taken);
    if (!NEVER.includes(status)) throw new Error(`the receiver answered ${status}`);
    if (batch.length === 1) {
      taken.refused.push(`event.id ${batch[0]!.record.id}: the receiver answered ${status}`);
      return;
    }
    const middle = batch.length / 2;
    await this.send(batch.slice(0, middle), taken);
    await this.send(batch.slice(middle), taken);
  }

  private headers(): Record<string, string> {
    const { headers, auth } = this.receiver;
    if (!auth) return { ...headers };
    const token = fs.readFileSync(auth.file, "utf8").trim();
    return { ...headers, [auth.header]: auth.scheme === "" ? token : `${auth.scheme} ${token}` };
  }
}

/** What the receiver left out of a request that it took, it says by number only. */
function settle(batch: readonly Sized[], answer: string, taken: Taken): void {
  const { partialSuccess } = (parsed(answer) ?? {}) as {
    partialSuccess?: { rejectedLogRecords?: string | number; errorMessage?: string };
  };
  const rejected = Math.min(batch.length, Number(partialSuccess?.rejectedLogRecords ?? 0) || 0);
  taken.sent += batch.length - rejected;
  const reason = `the receiver left it out: ${(partialSuccess?.errorMessage ?? "").slice(0, 200)}`;
  for (let i = 0; i < rejected; i += 1) taken.refused.push(reason);
}

function requestOf(batch: readonly Sized[]): string {
  const groups = new Map<string, Sized[]>();
  for (const one of batch) {
    const key = JSON.stringify([one.record.host, one.record.tool]);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const resourceLogs = [...groups.values()].map((group) => {
    const { host, tool } = group[0]!.record;
    const attributes = JSON.stringify([
      ...(host === undefined ? [] : [attribute("host.name", host)]),
      ...(tool === undefined ? [] : [attribute("security.tool", tool)]),
    ]);
    const logRecords = group.map(({ json }) => json).join(",");
    return `{"resource":{"attributes":${attributes}},"scopeLogs":[{"logRecords":[${logRecords}]}]}`;
  });
  return `{"resourceLogs":[${resourceLogs.join(",")}]}`;
}

function sized(record: DocumentRecord): Sized {
  return { record, json: JSON.stringify(logRecord(record)) };
}

function logRecord({ id, severity, time, document }: DocumentRecord): object {
  const nanoseconds = time === undefined ? undefined : `${time}000000`;
  return {
    timeUnixNano: nanoseconds,
    observedTimeUnixNano: nanoseconds,
    severityNumber: severity?.number,
    severityText: severity?.text,
    body: anyValue(document),
    attributes: [attribute("event.id", id)],
  };
}

function attribute(key: string, stringValue: string) {
  return { key, value: { stringValue } };
}

/** A value of JSON as OTLP has it in JSON (opentelemetry-proto, common.proto: AnyValue); null is a value without any. */
export function anyValue(value: unknown): object {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    case "object":
      if (value === null) return {};
      if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
      return {
        kvlistValue: {
          values: Object.entries(value).map(([key, item]) => ({ key, value: anyValue(item) })),
        },
      };
    default:
      return {};
  }
}
