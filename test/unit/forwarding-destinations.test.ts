import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type BatchLimits, batchesOf } from "../../components/forwarding/batches";
import { CloudwatchLogs } from "../../components/forwarding/cloudwatch-logs";
import { recordOf } from "../../components/forwarding/document-record";
import type { Destination } from "../../components/forwarding/forward";
import { anyValue, OtlpLogs } from "../../components/forwarding/otlp-logs";
import { newPortions, nextPosition, type Portion } from "../../components/forwarding/position";
import { PARQUET, S3Objects } from "../../components/forwarding/s3-objects";
import { recordProcessor } from "../../components/pipeline/sink-documents";
import { Answering } from "../support/forwarding/answering";
import { documentOf, MemoryStore } from "../support/forwarding/memory";

const START = Date.parse("2026-11-30T10:00:00.000Z");
const MINUTE = 60_000;
const INDICES = ["a"];

describe("forwarding: documents as records", () => {
  it("have the severities of those behind Kafka", () => {
    const NUMBERS: Record<string, number> = { FATAL: 21, ERROR: 17, WARN: 13, INFO2: 10, INFO: 9 };
    const [, { statements }] = (recordProcessor() as { log_statements: { statements: string[] }[] })
      .log_statements as [object, { statements: string[] }];
    for (const severity of [1, 2, 3, 4, 5]) {
      const record = recordOf(documentOf("x", { severity }))!;
      const set = (what: string) =>
        statements.find((one) => one.startsWith(`set(log.${what},`) && one.endsWith(`== ${severity}`))!;
      assert.equal(
        NUMBERS[/SEVERITY_NUMBER_(\w+)/.exec(set("severity_number"))![1]!],
        record.severity!.number,
      );
      assert.ok(set("severity_text").includes(`"${record.severity!.text}"`));
    }
    assert.equal(recordOf(documentOf("x", { severity: 9 }))!.severity, undefined);
  });

  it("are values of OTLP, whatever is in them", () => {
    assert.deepEqual(anyValue({ a: [1, 1.5, "x", true, null, { b: {} }], c: 1e300 }), {
      kvlistValue: {
        values: [
          {
            key: "a",
            value: {
              arrayValue: {
                values: [
                  ...[{ intValue: "1" }, { doubleValue: 1.5 }, { stringValue: "x" }, { boolValue: true }, {}],
                  { kvlistValue: { values: [{ key: "b", value: { kvlistValue: { values: [] } } }] } },
                ],
              },
            },
          },
          { key: "c", value: { doubleValue: 1e300 } },
        ],
      },
    });
  });
});

describe("forwarding: batches", () => {
  const batches = async (sizes: number[], limits: BatchLimits) => {
    const items = async function* () {
      yield* sizes;
    };
    const found: number[][] = [];
    for await (const batch of batchesOf(items(), limits, (size) => size)) found.push(batch);
    return found;
  };

  it("are as large as the destination takes, by bytes and by number, and in order", async () => {
    assert.deepEqual(await batches([4, 6, 1, 9, 2], { bytes: 10 }), [[4, 6], [1, 9], [2]]);
    assert.deepEqual(await batches([1, 1, 1, 1, 1], { bytes: 10, items: 2 }), [[1, 1], [1, 1], [1]]);
  });

  it("are of one item where that is too large, and none of nothing", async () => {
    assert.deepEqual(await batches([11, 12, 1], { bytes: 10 }), [[11], [12], [1]]);
    assert.deepEqual(await batches([], { bytes: 10 }), []);
  });
});

async function portionsOf(store: MemoryStore): Promise<Portion[]> {
  const seen = await nextPosition(store, INDICES, { done: {} }, new Date(START));
  const portions: Portion[] = [];
  for await (const portion of newPortions(store, seen, new Date(START + MINUTE))) portions.push(portion);
  return portions;
}

describe("forwarding: a receiver of OTLP", () => {
  let there: Answering;
  let otlp: OtlpLogs;
  let store: MemoryStore;
  let tokenFile: string;

  before(async () => {
    there = await Answering.start();
    tokenFile = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-token-")), "token");
  });
  after(async () => {
    await there.stop();
    fs.rmSync(path.dirname(tokenFile), { recursive: true });
  });
  beforeEach(() => {
    there.requests.length = 0;
    there.answer = () => ({ status: 200 });
    fs.writeFileSync(tokenFile, "first\n");
    otlp = new OtlpLogs({
      url: `${there.url}/otlp`,
      headers: { "X-Scope-OrgID": "security" },
      auth: { header: "Authorization", scheme: "Bearer", file: tokenFile },
    });
    store = new MemoryStore();
    store.add("a", 1500);
  });
  afterEach(() => otlp.close());

  const take = async (destination: Destination) => destination.take((await portionsOf(store))[0]!);

  it("gets them in requests of at most a thousand, with the token of the moment", async () => {
    assert.equal((await take(otlp)).sent, 1500);
    fs.writeFileSync(tokenFile, "second");
    await take(otlp);
    const [first, , third] = there.requests;
    assert.equal(first!.url, "/otlp/v1/logs");
    assert.equal(first!.headers["x-scope-orgid"], "security");
    assert.deepEqual(
      [first, third].map((one) => one!.headers["authorization"]),
      ["Bearer first", "Bearer second"],
    );
    const { resourceLogs } = JSON.parse(first!.body) as {
      resourceLogs: { resource: object; scopeLogs: { logRecords: Record<string, unknown>[] }[] }[];
    };
    const [{ logRecords }] = resourceLogs[0]!.scopeLogs as [{ logRecords: Record<string, unknown>[] }];
    assert.equal(logRecords.length, 1000);
    assert.deepEqual(resourceLogs[0]!.resource, {
      attributes: [
        { key: "host.name", value: { stringValue: "node-1" } },
        { key: "security.tool", value: { stringValue: "falco" } },
      ],
    });
    const { body: _, ...rest } = logRecords[0]!;
    assert.deepEqual(rest, {
      timeUnixNano: "1796032741500000000",
      observedTimeUnixNano: "1796032741500000000",
      severityNumber: 17,
      severityText: "high",
      attributes: [{ key: "event.id", value: { stringValue: "e0" } }],
    });
  });

  it("leaves out the one that it refuses, and no other", async () => {
    there.answer = (body) => ({ status: /"e7"|"e1203"/.test(body) ? 400 : 200 });
    const { sent, refused } = await take(otlp);
    assert.equal(sent, 1498);
    assert.deepEqual(refused, [
      "event.id e7: the receiver answered 400",
      "event.id e1203: the receiver answered 400",
    ]);
  });

  it("counts what it says that it left out", async () => {
    const partialSuccess = { rejectedLogRecords: "3", errorMessage: "too old" };
    there.answer = () => ({ status: 200, body: JSON.stringify({ partialSuccess }) });
    const { sent, refused } = await take(otlp);
    assert.deepEqual([sent, refused.length], [1494, 6]);
    assert.match(refused[0]!, /too old/);
  });

  for (const status of [401, 403, 404, 429, 500, 503])
    it(`gets all again after it answered ${status}, and no token is in the error`, async () => {
      there.answer = () => ({ status, body: "Bearer first" });
      await assert.rejects(take(otlp), (error: Error) => {
        assert.equal(error.message, `the receiver answered ${status}`);
        return true;
      });
    });
});

describe("forwarding: a log group of CloudWatch", () => {
  let there: Answering;
  let logs: CloudwatchLogs;
  let store: MemoryStore;
  const calls: string[] = [];

  before(async () => {
    there = await Answering.start();
  });
  after(() => there.stop());
  beforeEach(() => {
    calls.length = 0;
    there.requests.length = 0;
    logs = new CloudwatchLogs(
      {
        url: there.url,
        region: "eu-central-1",
        credentials: async () => ({
          accessKeyId: "AKIDEXAMPLE",
          secretAccessKey: "hidden",
          sessionToken: "s",
        }),
      },
      { group: "/g", stream: "s", retentionDays: 30 },
    );
    store = new MemoryStore();
  });
  afterEach(() => logs.close());

  const take = async () => logs.take((await portionsOf(store))[0]!);
  const puts = () =>
    there.requests
      .filter(({ headers }) => String(headers["x-amz-target"]).endsWith(".PutLogEvents"))
      .map(
        ({ body }) => (JSON.parse(body) as { logEvents: { timestamp: number; message: string }[] }).logEvents,
      );

  it("is made with its stream and its retention, where it is not there", async () => {
    store.add("a", 1);
    let isThere = false;
    there.answer = (_, action) => {
      calls.push(action);
      if (action === "CreateLogStream") isThere = true;
      if (action === "PutLogEvents" && !isThere)
        return {
          status: 400,
          body: '{"__type":"com.amazonaws.logs#ResourceNotFoundException","message":"no"}',
        };
      return { status: 200 };
    };
    assert.equal((await take()).sent, 1);
    assert.deepEqual(calls, [
      "PutLogEvents",
      "CreateLogGroup",
      "PutRetentionPolicy",
      "CreateLogStream",
      "PutLogEvents",
    ]);
  });

  it("keeps the retention of one that was there", async () => {
    store.add("a", 1);
    there.answer = (_, action) => {
      calls.push(action);
      const answers: Record<string, string> = {
        CreateLogGroup: '{"__type":"ResourceAlreadyExistsException"}',
        PutLogEvents: calls.length === 1 ? '{"__type":"ResourceNotFoundException"}' : "",
      };
      return answers[action] ? { status: 400, body: answers[action] } : { status: 200 };
    };
    await take();
    assert.ok(!calls.includes("PutRetentionPolicy"));
  });

  it("gets them in the order of their times, in requests that it takes, each cut at 256 KiB", async () => {
    const now = Date.now();
    const at = (ms: number, more = {}) => ({
      ...documentOf("x", { created: new Date(ms).toISOString() }),
      ...more,
    });
    store.add("a", 9);
    const documents = [
      at(now - 1000),
      at(now - 5000),
      at(now - 48 * 3_600_000),
      at(now + 48 * 3_600_000),
      ...Array.from({ length: 5 }, () => at(now, { big: "ü".repeat(300_000) })),
    ];
    for (const [i, one] of store.documents.entries()) one._source = documents[i]!;
    assert.equal((await take()).sent, 9);
    for (const events of puts()) {
      const times = events.map(({ timestamp }) => timestamp);
      assert.deepEqual(times, [...times].sort());
      for (const time of times) assert.ok(Math.abs(time - now) < 60_000);
      const bytes = events.map(({ message }) => Buffer.byteLength(message) + 26);
      assert.ok(bytes.reduce((sum, one) => sum + one, 0) <= 1_048_576);
      for (const one of bytes) assert.ok(one <= 256 * 1024);
    }
    assert.ok(puts().length >= 2);
    const { body, ...rest } = JSON.parse(puts()[0]![0]!.message) as Record<string, unknown>;
    assert.deepEqual(Object.keys(body as object).sort(), [
      "@timestamp",
      "event",
      "host",
      "labels",
      "orchestrator",
    ]);
    assert.deepEqual(rest, {
      severity_number: 17,
      severity_text: "high",
      attributes: { "event.id": "x" },
      resource: { "host.name": "node-1", "security.tool": "falco" },
    });
  });

  it("counts what it refuses for its time", async () => {
    store.add("a", 5);
    const info = { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 4 };
    there.answer = () => ({ status: 200, body: JSON.stringify({ rejectedLogEventsInfo: info }) });
    const { sent, refused } = await take();
    assert.deepEqual([sent, refused.length], [3, 2]);
  });

  it("gets all again where it refuses the caller, and nothing secret is in the error", async () => {
    store.add("a", 1);
    there.answer = () => ({ status: 400, body: '{"__type":"AccessDeniedException","message":"not you"}' });
    await assert.rejects(take(), (error: Error) => {
      assert.match(error.message, /PutLogEvents answered 400 AccessDeniedException: not you/);
      assert.doesNotMatch(error.message, /hidden|AKID/);
      return true;
    });
  });
});

describe("forwarding: a bucket of S3", () => {
  const place = (url: string) => ({
    url,
    region: "eu-central-1",
    credentials: async () => ({
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "hidden",
      sessionToken: "s",
    }),
  });

  it("gets what is compressed within as it is, under its own name and type", async () => {
    const there = await Answering.start();
    const bucket = { bucket: "lake", prefix: "ext", storageClass: "STANDARD" };
    const objects = new S3Objects(place(there.url), bucket, PARQUET);
    try {
      await objects.put("stack-2004/eventDay=20261130/a.parquet", Buffer.from("PAR1"));
      const [{ url, headers, body }] = there.requests as [(typeof there.requests)[number]];
      assert.deepEqual([url, body], ["/lake/ext/stack-2004/eventDay%3D20261130/a.parquet", "PAR1"]);
      assert.equal(headers["content-type"], "application/vnd.apache.parquet");
      assert.equal(headers["content-encoding"], undefined);
    } finally {
      await objects.close();
      await there.stop();
    }
  });

  it("gets objects compressed, with a checksum and a signature, and says why it took none", async () => {
    const there = await Answering.start();
    const bucket = { bucket: "archive.x", prefix: "stack/dev", storageClass: "STANDARD_IA" };
    const objects = new S3Objects(place(there.url), bucket);
    try {
      await objects.put("year=2026/a.ndjson", Buffer.from("line\n"));
      const [{ url, headers, body }] = there.requests as [(typeof there.requests)[number]];
      assert.deepEqual([url, body], ["/archive.x/stack/dev/year%3D2026/a.ndjson.gz", "line\n"]);
      assert.equal(headers["x-amz-storage-class"], "STANDARD_IA");
      assert.match(String(headers["x-amz-checksum-sha256"]), /^[\w+/]{43}=$/);
      assert.match(String(headers.authorization), /x-amz-checksum-sha256;x-amz-content-sha256/);
      const text = "<Error><Code>NoSuchBucket</Code><Message>not there</Message></Error>";
      there.answer = () => ({ status: 404, body: text });
      await assert.rejects(objects.put("a", Buffer.from("x")), (error: Error) => {
        assert.match(error.message, /PutObject to .* answered 404 NoSuchBucket: not there/);
        assert.doesNotMatch(error.message, /hidden|AKID/);
        return true;
      });
    } finally {
      await objects.close();
      await there.stop();
    }
  });
});
