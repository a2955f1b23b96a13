import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { AuditAccount, type Put } from "../rigs/audit/aws-account";
import { READER_HOST, ReaderPod } from "../rigs/audit/reader-pod";
import { readAll, type Stored } from "./looking";
import { type AuditWorld, auditWorld } from "./world";

const STREAMS = ["kube-apiserver-audit-1", "kube-apiserver-audit-2"] as const;
const OTHER_STREAM = "kube-apiserver-1";
const SECRET = "not-for-the-queue";
const OF_READER = { term: { "host.name": READER_HOST } };

/** What differs between two ways of the same event. */
type Read = Stored & { host?: unknown; kubernetes?: { node?: unknown }; event: { id?: string } };

/** A pod that somebody makes, with a value in its environment. */
function eventOf(auditID: string, value: string): string {
  const time = new Date().toISOString();
  return JSON.stringify({
    ...{ kind: "Event", apiVersion: "audit.k8s.io/v1", level: "Request", auditID, stage: "ResponseComplete" },
    ...{ requestURI: "/api/v1/namespaces/shop/pods", verb: "create", user: { username: "person" } },
    objectRef: { resource: "pods", namespace: "shop", apiVersion: "v1" },
    stageTimestamp: time,
    requestObject: { kind: "Pod", spec: { containers: [{ name: "c", env: [{ name: "A", value }] }] } },
  });
}

// The log group is moto's, what is in it the embedded API server has written.
describe("the reader of an EKS cluster's audit log", function () {
  this.timeout(240_000);
  let world: AuditWorld;
  let account: AuditAccount;
  let pod: ReaderPod;
  /** Of the API server's file. */
  let lines: string[];

  before(async () => {
    world = await auditWorld();
    await readAll(world);
    lines = readFileSync(world.log, "utf8").trimEnd().split("\n");
    account = await AuditAccount.start(join(world.rig.folder, "aws"), [...STREAMS, OTHER_STREAM]);
    pod = await ReaderPod.create(world.rig, account.env);
  });

  after(async () => {
    await pod?.end("SIGKILL");
    await account?.stop();
    // The other tests of the rung count what is there.
    const left = await found();
    const bulk = left.map(({ _id, _index }) => `${JSON.stringify({ delete: { _id, _index } })}\n`);
    if (bulk.length > 0) await world.server.client.must("POST", "/_bulk?refresh=true", bulk.join(""));
  });

  const found = () => world.server.client.search("security-*", OF_READER);
  const count = () => world.server.client.count(INDICES.audit, OF_READER);
  const all = (expected: number) =>
    waitUntil(`${expected} documents`, async () => (await count()) >= expected);

  /** Into both streams by turns, some seconds ago. */
  async function put(messages: readonly string[], secondsAgo: number): Promise<void> {
    const timestamp = Date.now() - secondsAgo * 1000;
    for (const [index, stream] of STREAMS.entries()) {
      const events = messages.filter((_, place) => place % STREAMS.length === index);
      await account.put(
        stream,
        events.map((message): Put => ({ timestamp, message })),
      );
    }
  }

  it("makes the same documents of an event as the node collector of the API server's file", async () => {
    await put(lines.slice(0, lines.length / 2), 90);
    await pod.start();
    await all(Math.floor(lines.length / 2));
    const ours = await found();
    const keyOf = ({ _source }: { _source: unknown }) => {
      const { message, k8s_audit } = _source as Stored & { k8s_audit: { audit_id: string; stage: string } };
      return [k8s_audit.audit_id, k8s_audit.stage, (_source as Stored)["@timestamp"], message].join(" ");
    };
    const ofFile = await world.server.client.search(INDICES.audit, { term: { "host.name": "node-1" } });
    const others = new Map(ofFile.map((hit) => [keyOf(hit), withoutWay(hit._source)]));
    for (const hit of ours) assert.deepEqual(withoutWay(hit._source), others.get(keyOf(hit)));
  });

  it("loses nothing and has nothing twice when it is killed while it reads, also of what comes late", async () => {
    const before = pod.log().length;
    await pod.endProgram("SIGKILL");
    await put(lines.slice(lines.length / 2), 30);
    pod.startProgram();
    await waitUntil("a look", async () => pod.log().slice(before).includes("reads /aws/eks"));
    await pod.end("SIGKILL");
    // Before what it has read already.
    await put([eventOf("late", "a")], 120);
    await pod.start();
    await all(lines.length + 1);
    const expected = new Set([...lines, "late"]).size;
    assert.equal(await count(), expected);
  });

  it("begins where it was: what is older than it looks back to is not read again", async () => {
    await pod.end("SIGTERM");
    await put([eventOf("too-late", "a")], 20 * 60);
    await put([eventOf("in-time", "a")], 10);
    await pod.start();
    await waitUntil("the event in time", async () => (await audited("in-time")) === 1);
    assert.equal(await audited("too-late"), 0);
  });

  it("keeps secrets out of its queue and documents, cuts what is too long, and reads no other log", async () => {
    await account.put(OTHER_STREAM, [{ timestamp: Date.now(), message: eventOf("other-log", "a") }]);
    await put([eventOf("secret", SECRET), eventOf("long", "x".repeat(300_000)), eventOf("last", "a")], 1);
    // A longer event may be stored after a shorter one that came behind it.
    for (const id of ["secret", "long", "last"])
      await waitUntil(`the event ${id}`, async () => (await audited(id)) === 1);
    assert.equal(await audited("other-log"), 0);
    const [long] = await world.server.client.search(INDICES.audit, {
      bool: { filter: [OF_READER, { term: { "k8s_audit.audit_id": "long" } }] },
    });
    assert.ok(long);
    assert.equal((long._source as unknown as Stored).k8s_audit.truncated, true);
    await pod.end("SIGKILL");
    const written = [JSON.stringify(await found()), pod.log(), pod.collector.log(), ...filesBelow(pod.state)];
    for (const text of written) assert.ok(!text.includes(SECRET));
    const dead = await world.server.client.count(INDICES.deadLetter, OF_READER);
    assert.equal(dead, 0);
  });

  const audited = (auditID: string) =>
    world.server.client.count(INDICES.audit, {
      bool: { filter: [OF_READER, { term: { "k8s_audit.audit_id": auditID } }] },
    });
});

function withoutWay(source: unknown): unknown {
  const { host: _, kubernetes: { node: __, ...kubernetes } = {}, event, ...rest } = source as Read;
  const { id: ___, created: ____, ...others } = event;
  return { ...rest, kubernetes, event: others };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
}
