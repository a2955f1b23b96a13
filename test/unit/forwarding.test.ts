import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { CloudwatchLogs } from "../../components/forwarding/cloudwatch-logs";
import { recordOf } from "../../components/forwarding/document-record";
import { FolderObjects } from "../../components/forwarding/folder-objects";
import {
  type Destination,
  forwardNew,
  type KeptPosition,
  PositionMoved,
  type Positions,
} from "../../components/forwarding/forward";
import { NdjsonObjects } from "../../components/forwarding/ndjson-parts";
import { anyValue, OtlpLogs } from "../../components/forwarding/otlp-logs";
import { newPortions, nextPosition, type Portion, type Position } from "../../components/forwarding/position";
import type { Hit, Json, Store } from "../../components/forwarding/stored-documents";
import { ConnectionError } from "../../components/node-program/http-client";
import { recordProcessor } from "../../components/pipeline/sink-documents";

const MINUTE = 60_000;
const START = Date.parse("2026-11-30T10:00:00.000Z");

interface Stored extends Hit {
  index: string;
  sequence: number;
}

/** What the searches of the position ask of Elasticsearch, in memory; the pipeline rung asks the real one. */
class MemoryStore implements Store {
  readonly documents: Stored[] = [];
  mostHits = Number.POSITIVE_INFINITY;

  add(index: string, count: number, from = this.documents.length): void {
    const first = this.of(index).length;
    for (let i = 0; i < count; i += 1) {
      const sequence = first + i;
      const id = `e${from + i}`;
      this.documents.push({ index, sequence, _id: id, _source: documentOf(id) });
    }
  }

  private of(index: string): Stored[] {
    return this.documents.filter((one) => one.index === index);
  }

  async search(name: string, body: Json): Promise<{ hits: Hit[]; aggregations?: Json }> {
    const found = this.of(name);
    if (body["aggs"]) {
      const last = Math.max(...found.map(({ sequence }) => sequence));
      const buckets = found.length === 0 ? [] : [{ key: name, last: { value: last } }];
      return { hits: [], aggregations: { indices: { buckets } } };
    }
    const {
      query,
      size,
      search_after: after,
    } = body as {
      query: { bool: { filter: [unknown, { range: { _seq_no: { gt: number; lte: number } } }] } };
      size: number;
      search_after?: [number];
    };
    const { gt, lte } = query.bool.filter[1].range._seq_no;
    const hits = found
      .filter(({ sequence }) => sequence > Math.max(gt, after?.[0] ?? -1) && sequence <= lte)
      .slice(0, size)
      .map((one) => ({ ...one, sort: [one.sequence] }));
    if (hits.length > this.mostHits) throw new ConnectionError("es", "EMSGSIZE", "too long");
    return { hits };
  }
}

function documentOf(id: string, more: object = {}) {
  return {
    "@timestamp": "2026-11-30T09:59:00.000Z",
    event: { id, severity: 4, created: "2026-11-30T09:59:01.500000001Z", ...more },
    host: { name: "node-1" },
    labels: { security_tool: "falco" },
  };
}

class MemoryPositions implements Positions {
  private position: Position = { done: {} };
  private version = 0;

  async read(): Promise<KeptPosition> {
    return { position: this.position, version: String(this.version) };
  }

  async write(position: Position, version: string): Promise<KeptPosition> {
    if (version !== String(this.version)) throw new PositionMoved("moved");
    this.position = structuredClone(position);
    this.version += 1;
    return this.read();
  }
}

/** By their names, as a bucket has them. */
class MemoryObjects {
  readonly objects = new Map<string, string>();

  async put(name: string, content: Buffer): Promise<void> {
    this.objects.set(name, content.toString());
  }

  ids(): string[] {
    return [...this.objects.values()]
      .flatMap((text) => text.trimEnd().split("\n"))
      .map((line) => (JSON.parse(line) as { event: { id: string } }).event.id);
  }
}

const asItIs = (document: unknown) => ({ line: JSON.stringify(document) });
const INDICES = ["a", "b"];

function worldOf(counts: Record<string, number>) {
  const store = new MemoryStore();
  for (const [index, count] of Object.entries(counts)) store.add(index, count);
  const objects = new MemoryObjects();
  const positions = new MemoryPositions();
  const destination = new NdjsonObjects("documents", asItIs, objects);
  return { store, objects, positions, destination, indices: INDICES };
}

const idsOf = ({ documents }: MemoryStore) => documents.map(({ _id }) => _id).sort();

describe("passing on what is stored", () => {
  it("leaves what was seen less than a minute ago, and passes each on once after it", async () => {
    const world = worldOf({ a: 7000, b: 3 });
    for (const ms of [0, 1000, MINUTE - 1]) await forwardNew(world, new Date(START + ms));
    assert.equal(world.objects.ids().length, 0);
    world.store.add("b", 2);
    const summary = await forwardNew(world, new Date(START + MINUTE));
    assert.deepEqual([summary.sent, summary.portions, summary.isCaughtUp], [7003, 3, true]);
    await forwardNew(world, new Date(START + 2 * MINUTE));
    assert.deepEqual(world.objects.ids().sort(), idsOf(world.store));
  });

  it("passes each on once under one name, wherever it is cut off", async () => {
    const fresh = () => worldOf({ a: 5200, b: 10 });
    for (let end = 0; ; end += 1) {
      const world = fresh();
      await forwardNew(world, new Date(START));
      let steps = 0;
      const step = () => {
        if (steps++ === end) throw new Error("killed");
      };
      // Before and after each thing that a pass does to the world.
      const cut = {
        ...world,
        destination: {
          async take(portion: Portion) {
            step();
            const taken = await world.destination.take(portion);
            step();
            return taken;
          },
        },
        positions: {
          read: () => world.positions.read(),
          async write(position: Position, version: string) {
            step();
            const kept = await world.positions.write(position, version);
            step();
            return kept;
          },
        },
      };
      const killed = await forwardNew(cut, new Date(START + MINUTE)).then(
        () => false,
        () => true,
      );
      world.store.add("a", 1);
      for (const minutes of [2, 3]) await forwardNew(world, new Date(START + minutes * MINUTE));
      assert.deepEqual(world.objects.ids().sort(), idsOf(world.store), `cut off at step ${end}`);
      if (!killed) {
        assert.ok(end >= 10, `${end}`);
        return;
      }
    }
  });

  it("passes each on once where two passes run at once, and one of them ends", async () => {
    const world = worldOf({ a: 12_000, b: 10 });
    await forwardNew(world, new Date(START));
    const both = await Promise.allSettled([0, 1].map(() => forwardNew(world, new Date(START + MINUTE))));
    const failed = both.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    assert.equal(failed.length, 1);
    assert.ok(failed[0] instanceof PositionMoved);
    assert.deepEqual(world.objects.ids().sort(), idsOf(world.store));
  });

  it("reads an index of the same name that was made anew, and forgets one that is gone", async () => {
    const world = worldOf({ a: 10, b: 5 });
    for (const minutes of [0, 1]) await forwardNew(world, new Date(START + minutes * MINUTE));
    world.store.documents.length = 0;
    world.store.add("a", 4, 100);
    for (const minutes of [2, 3, 4]) await forwardNew(world, new Date(START + minutes * MINUTE));
    assert.deepEqual(
      world.objects.ids().filter((id) => id.length > 3 || Number(id.slice(1)) >= 100).length,
      4,
    );
    const { position } = await world.positions.read();
    assert.deepEqual(position.done, { "a/a": 3 });
  });

  it("asks for fewer documents where an answer is too long, and gives up at one", async () => {
    const world = worldOf({ a: 40 });
    world.store.mostHits = 7;
    for (const minutes of [0, 1]) await forwardNew(world, new Date(START + minutes * MINUTE));
    assert.deepEqual(
      world.objects.ids(),
      idsOf(world.store).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))),
    );
    world.store.add("a", 1);
    world.store.mostHits = 0;
    await forwardNew(world, new Date(START + 2 * MINUTE)).catch(() => {});
    await assert.rejects(forwardNew(world, new Date(START + 3 * MINUTE)), /too long/);
  });

  it("writes nothing where nothing is new", async () => {
    const world = worldOf({ a: 1 });
    for (const minutes of [0, 1]) await forwardNew(world, new Date(START + minutes * MINUTE));
    const before = await world.positions.read();
    await forwardNew(world, new Date(START + 5 * MINUTE));
    assert.deepEqual(await world.positions.read(), before);
  });

  it("counts what becomes no line, and cuts objects at 4 MiB", async () => {
    const world = worldOf({ a: 6 });
    const big = "x".repeat(1_500_000);
    const toLine = (document: unknown) => {
      const { event } = document as { event: { id: string } };
      return event.id === "e0" ? { refused: "no" } : { line: JSON.stringify({ event, big }) };
    };
    const forwarding = { ...world, destination: new NdjsonObjects("x", toLine, world.objects) };
    await forwardNew(forwarding, new Date(START));
    const { sent, refused } = await forwardNew(forwarding, new Date(START + MINUTE));
    assert.deepEqual([sent, refused], [5, ["a/e0: no"]]);
    assert.deepEqual(
      [...world.objects.objects.keys()],
      [1, 2, 3].map((part) => `year=2026/month=11/day=30/hour=10/x-a-0-5-${part}.ndjson`),
    );
  });

  it("writes whole files", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-forwarding-"));
    try {
      await new FolderObjects(folder).put("a=1/b.ndjson", Buffer.from("x\n"));
      assert.equal(fs.readFileSync(path.join(folder, "a=1/b.ndjson"), "utf8"), "x\n");
      assert.deepEqual(fs.readdirSync(path.join(folder, "a=1")), ["b.ndjson"]);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});

describe("documents as records", () => {
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

async function portionsOf(store: MemoryStore): Promise<Portion[]> {
  const seen = await nextPosition(store, INDICES, { done: {} }, new Date(START));
  const portions: Portion[] = [];
  for await (const portion of newPortions(store, seen, new Date(START + MINUTE))) portions.push(portion);
  return portions;
}

/** A destination of somebody else's that answers as it is told. */
class Answering {
  readonly requests: { headers: IncomingMessage["headers"]; url: string; body: string }[] = [];
  answer: (body: string, target: string) => { status: number; body?: string } = () => ({ status: 200 });

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<Answering> {
    const server = createServer((request, response) => {
      void buffer(request).then((bytes) => {
        const isPacked = request.headers["content-encoding"] === "gzip";
        const body = (isPacked ? gunzipSync(bytes) : bytes).toString();
        started.requests.push({ headers: request.headers, url: request.url ?? "", body });
        const answer = started.answer(
          body,
          String(request.headers["x-amz-target"] ?? "").split(".")[1] ?? "",
        );
        response.writeHead(answer.status).end(answer.body ?? "{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const started = new Answering(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return started;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe("a receiver of OTLP", () => {
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

describe("a log group of CloudWatch", () => {
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
    assert.deepEqual(Object.keys(body as object).sort(), ["@timestamp", "event", "host", "labels"]);
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
