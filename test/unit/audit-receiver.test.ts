import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventFile, type EventFileOptions } from "../../components/k8s-audit/webhook/event-file";
import { eventLines, NoEventList } from "../../components/k8s-audit/webhook/event-list";
import { EVENTS_PATH } from "../../components/k8s-audit/webhook/webhook-names";
import { HttpClient, type Target } from "../../components/node-program/http-client";
import { ReceiverProcess } from "../rigs/audit/receiver-process";

const list = (...items: unknown[]) =>
  JSON.stringify({ kind: "EventList", apiVersion: "audit.k8s.io/v1", metadata: {}, items });
const event = (auditID: string, rest: object = {}) => ({ level: "Metadata", auditID, verb: "get", ...rest });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "audit-receiver-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("lists of audit events", () => {
  it("become the lines that the API server writes to a file, without answers, what was sent at the end", () => {
    const sent = event("a", { requestObject: { b: "\n" }, responseObject: { c: 1 }, stage: "Panic" });
    assert.deepEqual(eventLines(list(sent, event("b"))), [
      '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a","verb":"get","stage":"Panic","requestObject":{"b":"\\n"}}',
      '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"b","verb":"get"}',
    ]);
  });

  it("may be empty", () => {
    for (const items of ["[]", "null"])
      assert.deepEqual(
        eventLines(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":${items}}`),
        [],
      );
  });

  for (const [what, text] of [
    ["no JSON", "{"],
    ["a list", "[]"],
    ["one event", JSON.stringify({ kind: "Event", apiVersion: "audit.k8s.io/v1" })],
    ["another version", JSON.stringify({ kind: "EventList", apiVersion: "audit.k8s.io/v1beta1", items: [] })],
    [
      "items that are no list",
      JSON.stringify({ kind: "EventList", apiVersion: "audit.k8s.io/v1", items: {} }),
    ],
    ["an item that is no event", list(event("a"), "secret")],
  ] as const)
    it(`are refused where the body is ${what}, without a word of it`, () => {
      assert.throws(
        () => eventLines(text),
        (error: Error) => error instanceof NoEventList && !error.message.includes("secret"),
      );
    });
});

describe("files of audit events", () => {
  const open = (options: Partial<EventFileOptions> = {}) =>
    new EventFile({
      ...{ folder, prefix: "audit-webhook-", writer: "w", fileBytes: 1000, maxBytes: 3000, say: () => {} },
      ...options,
    });
  const files = () => readdirSync(folder).sort();
  const content = () => files().map((name) => readFileSync(join(folder, name), "utf8"));

  it("begin each with its own name, so that the collector takes no two for one", async () => {
    const [first, second] = [open(), open({ writer: "v" })];
    for (const file of [first, second]) await file.append(['{"a":1}', '{"a":2}']);
    await Promise.all([first.close(), second.close()]);
    const [one, two] = content().map((text) => text.split("\n"));
    assert.notEqual(one![0], two![0]);
    assert.match(JSON.parse(one![0]!).file, /audit-webhook-v-\d+-1\.log$/);
    assert.equal(JSON.parse(one![0]!).a, 1);
    assert.deepEqual(one!.slice(1), ['{"a":2}', ""]);
    assert.equal(statSync(join(folder, files()[0]!)).mode & 0o777, 0o600);
  });

  it("keep the order of what is appended at the same time", async () => {
    const file = open();
    await Promise.all([1, 2, 3, 4].map((n) => file.append([`{"n":${n}}`])));
    await file.close();
    const lines = content().join("").trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).n),
      [1, 2, 3, 4],
    );
  });

  it("are followed by the next when they are long, and take no more room than they may", async () => {
    const said: string[] = [];
    const file = open({ say: (line) => said.push(line) });
    for (let i = 0; i < 40; i += 1) await file.append([JSON.stringify({ i, filler: "x".repeat(400) })]);
    await file.close();
    const bytes = content().reduce((sum, text) => sum + text.length, 0);
    assert.ok(files().length > 1 && bytes <= 4500, `${files().length} files of ${bytes} bytes`);
    assert.match(content().join(""), /"i":39/);
    assert.match(said[0]!, /deleted, read or not/);
  });

  it("are begun anew where someone deleted them, and nothing is lost", async () => {
    const file = open();
    await file.append(['{"n":1}']);
    for (const name of files()) unlinkSync(join(folder, name));
    await file.append(['{"n":2}']);
    await file.close();
    assert.match(content().join(""), /"n":2/);
  });

  it("that can't be written are an error, and the next attempt is another file", async () => {
    const file = open({ folder: join(folder, "missing") });
    await assert.rejects(file.append(["{}"]), /ENOENT/);
    await assert.rejects(file.append(["{}"]), /ENOENT/);
    await file.close();
  });
});

describe("the receiver of audit events", function () {
  this.timeout(60_000);
  let receiver: ReceiverProcess;
  const clients: HttpClient[] = [];

  beforeEach(async () => {
    receiver = await ReceiverProcess.create(folder);
    await receiver.start();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await receiver.end("SIGKILL");
  });

  function client(target: Target = receiver.target): HttpClient {
    const made = new HttpClient(target, { timeoutMs: 20_000 });
    clients.push(made);
    return made;
  }
  const post = (body: string, path: string = EVENTS_PATH, target?: Target) =>
    client(target).request({ method: "POST", path: `${path}?timeout=30s`, body });

  it("answers once the events are written, and has them after it is killed", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => post(list(event(`${i}-a`), event(`${i}-b`)))),
    );
    await receiver.end("SIGKILL");
    assert.ok(answers.every(({ status }) => status === 200));
    const ids = receiver.lines().map((line) => JSON.parse(line).auditID);
    assert.equal(new Set(ids).size, 100);
  });

  it("lets nobody in without the API server's certificate", async () => {
    const { url, ca } = receiver.target;
    await assert.rejects(post(list(event("a")), EVENTS_PATH, { url, ca: ca! }));
    assert.deepEqual(receiver.lines(), []);
  });

  it("refuses what is no list of events, what is too long, and other paths and methods", async () => {
    assert.equal((await post("{}")).status, 400);
    assert.equal((await post(list(event("a")), "/")).status, 404);
    assert.equal((await client().request({ method: "GET", path: EVENTS_PATH })).status, 405);
    const long = await post("x".repeat(17 * 1024 * 1024)).then(
      ({ status }) => status,
      () => 413,
    );
    assert.equal(long, 413);
    assert.equal((await post(list(event("after")))).status, 200);
    assert.equal(receiver.lines().length, 1);
  });

  it("says that it is not ready while its disk can't be written, and that the events are to be sent again", async () => {
    rmSync(receiver.events, { recursive: true });
    assert.equal((await post(list(event("a")))).status, 503);
    const health = await client({ url: receiver.healthUrl }).request({ method: "GET", path: "/ready" });
    assert.equal(health.status, 503);
  });
});
