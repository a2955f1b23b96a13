import { createReadStream, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Certificates } from "../../../components/pipeline/certificates";
import { freePorts } from "../../../tools/dev/cluster/ports";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { Collector } from "../pipeline/collector-process";

/** What came to the receiver. */
interface Received {
  ids: string[];
  /** Of the first record. */
  body: Record<string, unknown>;
  severity: string;
}

/** Somebody else's OTLP receiver: a real one, with TLS and a token, that writes what it gets into a file. */
export class OtlpReceiver {
  private constructor(
    private readonly folder: string,
    private readonly collector: Collector,
    readonly url: string,
  ) {}

  /** It does not run yet. */
  static async create(folder: string, certificates: Certificates, token: string): Promise<OtlpReceiver> {
    const [port, health, metrics] = (await freePorts(3)) as [number, number, number];
    const { "otelcol-contrib": program } = await ensureTools(["otelcol-contrib"]);
    const file = (name: string) => join(folder, name);
    const collector = new Collector({
      name: "receiver",
      program,
      folder,
      ports: { health, metrics },
      config: {
        receivers: {
          otlp: {
            protocols: {
              http: {
                endpoint: `127.0.0.1:${port}`,
                tls: { cert_file: file("server.crt"), key_file: file("server.key") },
                auth: { authenticator: "bearertokenauth" },
              },
            },
          },
        },
        processors: {},
        exporters: { file: { path: file("received.jsonl"), append: true } },
        extensions: {
          health_check: { endpoint: `127.0.0.1:${health}` },
          bearertokenauth: { filename: file("token") },
        },
        service: {
          extensions: ["health_check", "bearertokenauth"],
          pipelines: { logs: { receivers: ["otlp"], processors: [], exporters: ["file"] } },
          telemetry: { metrics: { level: "none" } },
        },
      },
    });
    writeFileSync(file("server.crt"), certificates.serverCertificate);
    writeFileSync(file("server.key"), certificates.serverKey, { mode: 0o600 });
    const receiver = new OtlpReceiver(folder, collector, `https://localhost:${port}`);
    receiver.expect(token);
    return receiver;
  }

  /** From now on, or a moment later where it runs, it takes this token and no other. */
  expect(token: string): void {
    writeFileSync(join(this.folder, "token"), token, { mode: 0o600 });
  }

  /** Whether it has read another token since it was started. */
  get expectsAnother(): boolean {
    return this.collector.log().includes("refresh token");
  }

  start(): Promise<void> {
    return this.collector.start();
  }

  end(): Promise<void> {
    return this.collector.end("SIGTERM");
  }

  /** How many documents came, each counted once; of a file of any length. */
  async distinct(): Promise<number> {
    const ids = new Set<string>();
    const file = createReadStream(join(this.folder, "received.jsonl"), { encoding: "utf8" });
    for await (const line of createInterface({ input: file }))
      for (const [, id = ""] of line.matchAll(EVENT_ID)) ids.add(id);
    return ids.size;
  }

  received(): Received {
    const file = join(this.folder, "received.jsonl");
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    // The last one may be half written.
    const records = lines.slice(0, -1).flatMap((line) => recordsOf(JSON.parse(line) as LogsData));
    const [first] = records;
    return {
      ids: records.map(
        ({ attributes }) => attributes.find(({ key }) => key === "event.id")?.value.stringValue ?? "",
      ),
      body: first ? (plain(first.body) as Record<string, unknown>) : {},
      severity: first?.severityText ?? "",
    };
  }
}

const EVENT_ID = /"key":"event\.id","value":\{"stringValue":"([^"]+)"/g;

interface Value {
  stringValue?: string;
  intValue?: string;
  kvlistValue?: { values: { key: string; value: Value }[] };
}
interface LogRecord {
  attributes: { key: string; value: Value }[];
  body: Value;
  severityText?: string;
}
/** OTLP as JSON (opentelemetry-proto, logs.proto). */
interface LogsData {
  resourceLogs: { scopeLogs: { logRecords: LogRecord[] }[] }[];
}

function recordsOf({ resourceLogs }: LogsData): LogRecord[] {
  return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
}

function plain({ stringValue, intValue, kvlistValue }: Value): unknown {
  if (kvlistValue) return Object.fromEntries(kvlistValue.values.map(({ key, value }) => [key, plain(value)]));
  return stringValue ?? intValue;
}
